/**
 * Speaks the Lambda Runtime API over one connection: an answer and the next question in one write, replies read in their
 * order. AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */

import net from 'node:net';

const PARKED_API = 3;
const API = '/2018-06-01/runtime';
const NEXT = `GET ${API}/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n`;
const HEAD_END = Buffer.from('\r\n\r\n');
const ERROR_TYPE = 'application/vnd.aws.lambda.error+json';

/**
 * The connection of a parked process. Its supervisor still waits for the plan on the other copy of it, so the event loop,
 * which would read here, must not turn before the plan has come.
 */
export function openParked() {
  return new Client(new net.Socket({ fd: PARKED_API, readable: true, writable: true }));
}

/** A connection to `host:port`. */
export async function connect(address) {
  const [host, port] = address.split(':');
  const socket = net.connect({ host, port: Number(port), noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return new Client(socket);
}

export class Client {
  #socket;
  #received = Buffer.alloc(0);
  #parts = [];
  #missing = 0;
  #owed = 0;
  #told = null;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (data) => this.#read(data));
    socket.on('error', () => process.exit(0));
    socket.on('close', () => process.exit(0)); // the platform has hung up: this environment is over
  }

  /** The next invocation: its headers (lower case) and its body. Keeps the process alive until there is one. */
  next() {
    this.#socket.ref();
    return new Promise((resolve) => {
      this.#told = resolve;
      this.#handOver();
    });
  }

  /** From here to `next` the connection does not keep the event loop busy. */
  leaveLoop() {
    this.#socket.unref();
  }

  ask() {
    this.#socket.write(NEXT);
  }

  /** Hand over an answer and ask for the next invocation; `ending` is the word that everything has been written. */
  respond(id, body, ending) {
    this.#post(`/invocation/${id}/response`, body, endingLine(ending), NEXT);
  }

  /** As `respond`, with an error in AWS's shape. */
  fail(id, error, ending) {
    this.#post(`/invocation/${id}/error`, JSON.stringify(error), errorLines(error) + endingLine(ending), NEXT);
  }

  /** The error of the invocation under way, or of the initialisation without one; resolves when it has been heard. */
  failLast(id, error) {
    const path = id === undefined ? '/init/error' : `/invocation/${id}/error`;
    this.#socket.ref();
    return new Promise((resolve) => {
      this.#told = resolve;
      this.#post(path, JSON.stringify(error), errorLines(error), '');
      this.#owed -= 1;
    });
  }

  /** Resolves when all that has been said is on its way. */
  said() {
    return new Promise((resolve) => this.#socket.write('', resolve));
  }

  /** An answer in parts: `write(data, written)` any number of times, then `end(trailers, isLast)`; the last asks for no other. */
  stream(id, contentType) {
    const socket = this.#socket;
    this.#owed += 1;
    socket.write(
      `POST ${API}/invocation/${id}/response HTTP/1.1\r\nHost: runtime\r\nContent-Type: ${contentType}\r\n` +
        'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
        'Trailer: Lambda-Runtime-Function-Error-Type\r\nTrailer: Lambda-Runtime-Function-Error-Body\r\n\r\n',
    );
    return {
      write(data, written) {
        if (data.length === 0) {
          written();
          return;
        }
        socket.cork();
        socket.write(`${data.length.toString(16)}\r\n`);
        socket.write(data);
        socket.write('\r\n', written);
        socket.uncork();
      },
      end(trailers, isLast) {
        socket.write(`0\r\n${trailers}\r\n${isLast ? '' : NEXT}`);
      },
    };
  }

  #post(path, body, lines, next) {
    this.#owed += 1;
    const head = `POST ${API}${path} HTTP/1.1\r\nHost: runtime\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines}\r\n`;
    this.#socket.write(head + body + next);
  }

  #read(data) {
    this.#parts.push(data);
    this.#missing -= data.length;
    if (this.#missing <= 0) {
      this.#received = Buffer.concat([this.#received, ...this.#parts]);
      this.#parts = [];
      this.#handOver();
    }
  }

  #handOver() {
    while (this.#owed > 0 && this.#take()) {
      this.#owed -= 1;
    }
    if (this.#told === null || this.#owed > 0) {
      return;
    }
    const reply = this.#take();
    if (reply) {
      const told = this.#told;
      this.#told = null;
      told(reply);
    }
  }

  /** The first reply that has come as a whole, or undefined. */
  #take() {
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) {
      return undefined;
    }
    const headers = {};
    for (const line of this.#received.toString('latin1', 0, end).split('\r\n').slice(1)) {
      const colon = line.indexOf(': ');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
    }
    const start = end + HEAD_END.length;
    const stop = start + Number(headers['content-length'] ?? 0);
    this.#missing = stop - this.#received.length;
    if (this.#missing > 0) {
      return undefined;
    }
    const body = this.#received.toString('utf8', start, stop);
    this.#received = this.#received.subarray(stop);
    return { headers, body };
  }
}

function errorLines(error) {
  const type = String(error.errorType).replace(/[^\x20-\x7e]/g, '?');
  return `Content-Type: ${ERROR_TYPE}\r\nLambda-Runtime-Function-Error-Type: ${type}\r\n`;
}

function endingLine(ending) {
  return ending ? `Windtunnel-Ending: ${ending}\r\n` : '';
}
