/**
 * The console as AWS's runtime has it: one event a call, with time, request and level; in text, or in JSON and filtered
 * by level. AWS: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */

import util from 'node:util';

import { forLog, isError } from './errors.mjs';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const METHODS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

/** `request.id` is that of the invocation under way. */
export function patchConsole(output, request, plan) {
  const json = plan.log_format === 'JSON';
  const lowest = json ? Math.max(0, LEVELS.indexOf(plan.log_level || 'INFO')) : 0;
  const format = json ? inJson : inText;
  for (const [method, level] of Object.entries(METHODS)) {
    const wanted = LEVELS.indexOf(level) >= lowest;
    console[method] = wanted ? (...values) => output.record(format(request.id, level, values)) : () => {};
  }
}

/** What the runtime itself writes of an error that nobody caught. */
export function logFailure(output, request, plan, title, error) {
  const now = new Date().toISOString();
  if (plan.log_format === 'JSON') {
    const record = { timestamp: now, level: 'ERROR', requestId: request.id };
    output.record(`${JSON.stringify(record).slice(0, -1)},"message":${forLog(error, 'stackTrace')}}`);
  } else {
    output.record(`${now}\t${request.id}\tERROR\t${title} \t${forLog(error)}`);
  }
}

function inText(id, level, values) {
  return `${new Date().toISOString()}\t${id}\t${level}\t${util.format(...values)}`;
}

function inJson(id, level, values) {
  const record = { timestamp: new Date().toISOString(), level, requestId: id };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...record, message: values[0] }, plain);
    } catch {
      return JSON.stringify({ ...record, message: util.format(values[0]) });
    }
  }
  record.message = util.format(...values);
  const error = values.find(isError);
  return JSON.stringify(error === undefined ? record : { ...record, ...facts(error) });
}

function facts(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

function plain(_, value) {
  return isError(value) ? { ...value, ...facts(value) } : typeof value === 'bigint' ? value.toString() : value;
}
