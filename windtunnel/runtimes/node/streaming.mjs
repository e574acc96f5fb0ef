/** Answers in a stream. AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming */

import { Writable } from 'node:stream';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';
const METADATA_END = Buffer.alloc(8);

/** The global through which a function says that it streams. */
export function defineAwslambda() {
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (options?.highWaterMark !== undefined) {
        handler[HIGH_WATER_MARK] = Number(options.highWaterMark);
      }
      return handler;
    },
    HttpResponseStream: {
      /** `metadata` has statusCode, headers and cookies, and goes ahead of the body. */
      from(stream, metadata) {
        stream.setContentType(HTTP_INTEGRATION);
        stream._onBeforeFirstWrite = (write) => {
          write(JSON.stringify(metadata));
          write(METADATA_END);
        };
        return stream;
      },
    },
  };
}

export function isStreaming(handler) {
  return handler[STREAMING] === 'response';
}

/** The stream that a handler writes its answer to. Nothing is sent before the first write, or the end. */
export function answerInStream(client, id) {
  return new ResponseStream(client, id);
}

class ResponseStream extends Writable {
  #client;
  #id;
  #parts = null;
  #contentType = 'application/octet-stream';

  constructor(client, id) {
    super();
    this.#client = client;
    this.#id = id;
  }

  get begun() {
    return this.#parts !== null;
  }

  setContentType(type) {
    if (this.begun) {
      throw new Error('The content type of a response that has begun cannot be set.');
    }
    this.#contentType = type;
  }

  _write(chunk, encoding, written) {
    this.#begin();
    this.#parts.write(chunk, written);
  }

  _final(done) {
    this.#begin();
    this.#parts.end('', false);
    done();
  }

  /** End what has begun with the error that happened in its midst; `isLast` when the process ends too. */
  breakOff(error, isLast) {
    const body = Buffer.from(JSON.stringify(error)).toString('base64');
    const type = String(error.errorType).replace(/[^\x20-\x7e]/g, '?');
    this._final = (done) => {
      const trailers = `Lambda-Runtime-Function-Error-Type: ${type}\r\nLambda-Runtime-Function-Error-Body: ${body}\r\n`;
      this.#parts.end(trailers, isLast);
      done();
    };
    return new Promise((resolve) => (this.writableEnded ? resolve() : this.end(resolve)));
  }

  #begin() {
    if (this.#parts !== null) {
      return;
    }
    this.#parts = this.#client.stream(this.#id, this.#contentType);
    this._onBeforeFirstWrite?.((data) => this.#parts.write(Buffer.from(data), () => {}));
  }
}
