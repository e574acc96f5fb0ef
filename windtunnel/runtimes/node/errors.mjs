/** Errors in AWS's shapes: for the caller, and for the log. AWS: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */

import util from 'node:util';

/** An error of the runtime, with AWS's name for it. */
function named(name) {
  return class extends Error {
    constructor(message) {
      super(message);
      this.name = name;
      this.stack = String(this.stack).replace(/^Error/, name);
    }
  };
}

export const ImportModuleError = named('Runtime.ImportModuleError');
export const HandlerNotFound = named('Runtime.HandlerNotFound');
export const MalformedHandlerName = named('Runtime.MalformedHandlerName');
export const UserCodeSyntaxError = named('Runtime.UserCodeSyntaxError');
export const CallbackHandlerDeprecated = named('Runtime.CallbackHandlerDeprecated');
export const InvalidStreamingOperation = named('Runtime.InvalidStreamingOperation');

export class UnhandledPromiseRejection extends named('Runtime.UnhandledPromiseRejection') {
  constructor(reason, promise) {
    super(String(reason));
    this.reason = reason;
    this.promise = promise;
  }
}

export function isError(value) {
  return util.types.isNativeError(value) || value instanceof Error;
}

/** What the caller of a function gets. */
export function forCaller(error) {
  try {
    if (isError(error)) {
      return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

/** What the log gets, as JSON; `stack` is what the list of frames is called there. */
export function forLog(error, stack = 'stack') {
  return JSON.stringify(spread(error, stack), (_, value) => (isError(value) ? spread(value, stack) : value));
}

function spread(error, stack) {
  if (!isError(error)) {
    return { errorType: typeof error, errorMessage: String(error), [stack]: [] };
  }
  const { stack: frames, ...own } = error;
  delete own.name;
  delete own.message;
  return {
    errorType: error.name ?? 'UnknownError',
    errorMessage: error.message,
    ...own,
    [stack]: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}
