/** Invocation after invocation: calls the handler, whichever way it answers, and hands its answer or its error over. */

import { logFailure } from './console.mjs';
import { contextOf } from './context.mjs';
import { CallbackHandlerDeprecated, forCaller, UnhandledPromiseRejection } from './errors.mjs';
import { answerInStream, isStreaming } from './streaming.mjs';

const LONGEST_HEADER = 4096;
const EXIT_UNHANDLED = 128; // as AWS's runtime interface client for Node.js
const EXIT_UNCAUGHT = 129;
const CALLBACKS_UNTIL = 24;
const DEPRECATED =
  'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify ' +
  'this function to use a supported handler signature to use Node.js 24 or later. For more information see ' +
  'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';
const BROUGHT_BY_AWS = /Cannot find (?:module|package) '@(?:aws-sdk|smithy)\//;
const HINT =
  "AWS's Node.js runtimes bring the AWS SDK along; windtunnel does not. Add it to the function's package or to a layer, or " +
  'install it for all functions with `npm install -g @aws-sdk/client-...` and start windtunnel again.';

export class Runtime {
  #client;
  #output;
  #audit;
  #imports;
  #request;
  #plan;
  #whenEmpty = null;
  #answering = null;
  #waiting = false;
  #dying = false;
  #variables;

  constructor(client, output, audit, imports, request, plan, variables) {
    this.#client = client;
    this.#output = output;
    this.#audit = audit;
    this.#imports = imports;
    this.#request = request;
    this.#plan = plan;
    this.#variables = variables;
    const major = Number(/nodejs(\d+)/.exec(this.#variables.AWS_EXECUTION_ENV ?? '')?.[1] ?? 0);
    this.takesCallbacks = major < CALLBACKS_UNTIL;
    this.handler = null;
  }

  /** From now on errors that nobody catches are this runtime's. */
  watch() {
    process.on('uncaughtException', (error) => this.#die('Uncaught Exception', error, EXIT_UNCAUGHT));
    process.on('unhandledRejection', (reason, promise) =>
      this.#die('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), EXIT_UNHANDLED),
    );
    process.on('beforeExit', () => this.#emptied());
  }

  /** `load` returns the handler; returns when the first invocation has been asked for. */
  async initialise(load) {
    const started = performance.now();
    try {
      this.handler = await load();
      if (!this.takesCallbacks && this.handler.length > 2 && !isStreaming(this.handler)) {
        throw new CallbackHandlerDeprecated(DEPRECATED);
      }
    } catch (error) {
      if (BROUGHT_BY_AWS.test(error?.message)) {
        this.#output.record(HINT);
      }
      this.#endInit(started);
      await this.#die('Uncaught Exception', error, EXIT_UNCAUGHT);
      return;
    }
    this.#endInit(started);
    this.#client.ask();
    this.#next();
  }

  async #next() {
    this.#waiting = true;
    const { headers, body } = await this.#client.next();
    this.#waiting = false;
    const id = headers['lambda-runtime-aws-request-id'];
    this.#request.id = id;
    const trace = headers['lambda-runtime-trace-id'];
    if (trace) {
      process.env._X_AMZN_TRACE_ID = trace;
    }
    this.#client.leaveLoop();
    if (isStreaming(this.handler)) {
      this.#stream(id, body, contextOf(headers, this.#variables));
    } else {
      this.#invoke(new Answer(this, id), body, contextOf(headers, this.#variables));
    }
  }

  #invoke(answer, body, context) {
    this.whenEmpty(() => answer.succeed(null));
    const callback = this.takesCallbacks ? answer.addCallbacks(context) : undefined;
    let result;
    try {
      result = this.takesCallbacks
        ? this.handler(JSON.parse(body), context, callback)
        : this.handler(JSON.parse(body), context);
    } catch (error) {
      answer.fail(error);
      return;
    }
    if (typeof result?.then === 'function') {
      result.then((value) => answer.succeed(value), (error) => answer.fail(error));
    } else if (!this.takesCallbacks) {
      answer.succeed(result);
    }
  }

  async #stream(id, body, context) {
    const stream = answerInStream(this.#client, id);
    const emptied = new Promise((resolve) => this.whenEmpty(resolve));
    this.#answering = stream;
    const finished = new Promise((resolve) => stream.once('finish', resolve));
    try {
      await Promise.race([this.handler(JSON.parse(body), stream, context), emptied]);
      if (!stream.writableEnded) {
        stream.end();
      }
      await finished;
    } catch (error) {
      this.#logFailure('Invoke Error', error);
      if (!stream.begun) {
        this.#answering = null;
        this.fail(id, error, true);
        return;
      }
      await stream.breakOff(forCaller(error), false);
    }
    this.whenEmpty(null);
    this.#answering = null;
    this.#output.end('E', this.#ending(id));
    this.#next();
  }

  /** What happens when nothing is left to do and there is no answer yet. */
  whenEmpty(act) {
    this.#whenEmpty = act;
  }

  #emptied() {
    const act = this.#whenEmpty;
    this.#whenEmpty = null;
    if (act !== null) {
      act();
    }
  }

  respond(id, body) {
    if (this.#dying) {
      return;
    }
    const { header } = this.#finish(id);
    this.#client.respond(id, body, header);
    this.#next();
  }

  fail(id, error, logged = false) {
    if (this.#dying) {
      return;
    }
    if (!logged) {
      this.#logFailure('Invoke Error', error);
    }
    const { header } = this.#finish(id);
    this.#client.fail(id, forCaller(error), header);
    this.#next();
  }

  /** The word that everything of the invocation has been written: in the header, or in a frame where it is long. */
  #finish(id) {
    this.whenEmpty(null);
    const ending = this.#ending(id);
    if (ending.length <= LONGEST_HEADER) {
      return { header: ending };
    }
    this.#output.end('E', ending);
    return { header: '' };
  }

  #ending(id) {
    const facts = JSON.stringify([id, memoryKb(), this.#audit.take(), this.#imports.take()]);
    return facts.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }

  #endInit(started) {
    const facts = [performance.now() - started, memoryKb(), this.#audit.take(), this.#imports.take()];
    this.#output.end('I', JSON.stringify(facts));
  }

  #logFailure(title, error) {
    logFailure(this.#output, this.#request, this.#plan, title, error);
  }

  /** Tell what happened, to the log and to whoever waits for an answer, and exit as AWS's runtime does. */
  async #die(title, error, status) {
    if (this.#dying) {
      return;
    }
    this.#dying = true;
    this.#logFailure(title, error);
    if (!this.#waiting) {
      await this.#lastAnswer(forCaller(error));
    }
    process.exit(status);
  }

  async #lastAnswer(error) {
    const { id } = this.#request;
    if (id !== undefined) {
      this.#output.end('E', this.#ending(id));
    }
    if (this.#answering?.begun) {
      await this.#answering.breakOff(error, true);
      await this.#client.said();
    } else {
      await this.#client.failLast(id, error);
    }
  }
}

/** The one answer of an invocation: what comes after the first is ignored. */
class Answer {
  #runtime;
  #id;
  #given = false;

  constructor(runtime, id) {
    this.#runtime = runtime;
    this.#id = id;
  }

  succeed(value) {
    if (this.#given) {
      return;
    }
    let body;
    try {
      body = JSON.stringify(value === undefined ? null : value) ?? 'null';
    } catch {
      this.fail(new Error('Unable to stringify response body'));
      return;
    }
    this.#given = true;
    this.#runtime.respond(this.#id, body);
  }

  fail(error) {
    if (!this.#given) {
      this.#given = true;
      this.#runtime.fail(this.#id, error);
    }
  }

  /** The ways to answer of old: `callback`, and `done`, `succeed`, `fail` of the context. */
  addCallbacks(context) {
    const callback = (error, value) => {
      if (error !== undefined && error !== null) {
        this.fail(error);
      } else if (context.callbackWaitsForEmptyEventLoop) {
        this.#runtime.whenEmpty(() => this.succeed(value));
      } else {
        setImmediate(() => this.succeed(value));
      }
    };
    context.done = (error, value) => {
      context.callbackWaitsForEmptyEventLoop = false;
      callback(error, value);
    };
    context.succeed = (value) => context.done(null, value);
    context.fail = (error) => context.done(error ?? 'handled');
    return callback;
  }
}

function memoryKb() {
  return process.resourceUsage().maxRSS;
}
