/**
 * What this process writes: its own output, and between it frames of the runtime, in one pipe, so that their order is
 * kept. The format is told in `runtimes/python/output.py`.
 */

import fs from 'node:fs';
import { Writable } from 'node:stream';

const PIPE = 1;
const PATIENCE_MS = 1;

export class Output {
  constructor(mark) {
    this.mark = Buffer.from(mark);
  }

  /** One log record is one event, however many lines it has; without a mark it is lines like any other. */
  record(text) {
    const data = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
    if (this.mark.length === 0) {
      writeAll(PIPE, data);
    } else {
      this.frame('L', data);
    }
  }

  /** A frame of another kind; `facts` in JSON. */
  end(kind, facts) {
    if (this.mark.length > 0) {
      this.frame(kind, Buffer.from(facts));
    }
  }

  frame(kind, payload) {
    const head = Buffer.alloc(5);
    head.write(kind, 0, 1, 'latin1');
    head.writeUInt32BE(payload.length, 1);
    writeAll(PIPE, Buffer.concat([this.mark, head, payload]));
  }
}

/**
 * Standard output and error that write at once. Those of Node.js would make the pipe non-blocking, for us and for
 * every process that shares it, and write what does not fit later, after what comes later.
 */
export function replaceStreams() {
  for (const [name, descriptor] of [['stdout', 1], ['stderr', 2]]) {
    let stream;
    const get = () => (stream ??= immediate(descriptor));
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get });
  }
}

function immediate(descriptor) {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, encoding, done) {
      writeAll(descriptor, chunk);
      done();
    },
  });
  stream.fd = descriptor;
  stream._type = 'pipe';
  stream._isStdio = true;
  stream.destroy = () => stream;
  stream.destroySoon = stream.destroy;
  return stream;
}

function writeAll(descriptor, data) {
  let at = 0;
  while (at < data.length) {
    try {
      at += fs.writeSync(descriptor, data, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') {
        throw error;
      }
      wait(PATIENCE_MS); // a subprocess has made the pipe non-blocking
    }
  }
}

function wait(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
