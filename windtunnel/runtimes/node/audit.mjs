/**
 * What a function does beside computing: connections, files, processes, variables it reads. Gathered by wrapping a few
 * functions of Node.js, and handed over at the end of the initialisation and of each invocation.
 */

import childProcess from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import path from 'node:path';

import { leadHome } from './home.mjs';

const MOST = 1000;
const CODE = /\.(?:[cm]?js|json|node|wasm)$/;
const OWN = /^\/(?:var\/lang|var\/runtime|usr|lib|proc|dev|etc)\//;
const READ_BY_NODE = /^(?:NODE_|WATCH_REPORT_|toJSON$)/;
const READS = ['readFile', 'readFileSync', 'createReadStream'];
const WRITES = ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream'];

export class Audit {
  #facts = [];
  #seen = new Set();
  #turn = 0;
  #opened = new WeakMap();

  take() {
    const facts = this.#facts;
    this.#turn += 1;
    if (facts.length > 0) {
      this.#facts = [];
      this.#seen.clear();
    }
    return facts;
  }

  note(...fact) {
    const key = fact.join('\0');
    if (this.#facts.length < MOST && !this.#seen.has(key)) {
      this.#seen.add(key);
      this.#facts.push(fact);
    }
  }

  watch() {
    this.#watchConnections();
    this.#watchRequests();
    this.#watchFiles();
    this.#watchProcesses();
    this.#watchVariables();
    leadHome();
    syncBuiltinESMExports();
  }

  #watchConnections() {
    before(net.Socket.prototype, 'connect', (args, socket) => {
      this.#opened.set(socket, this.#turn);
      const first = Array.isArray(args[0]) ? args[0][0] : args[0];
      const options = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] };
      if (options.path !== undefined && options.port === undefined) {
        this.note('connection', String(options.path), 0);
      } else {
        const host = typeof options.host === 'string' ? options.host : 'localhost';
        this.note('connection', host, Number(options.port) || 0);
      }
    });
  }

  /** Requests over a connection that an earlier invocation, or the initialisation, has opened. */
  #watchRequests() {
    before(http.Agent.prototype, 'reuseSocket', ([socket, request]) => {
      if (this.#opened.get(socket) !== this.#turn) {
        this.note('reuse', String(request.host ?? ''), socket.remotePort ?? 0);
      }
    });
  }

  #watchFiles() {
    const read = (args) => this.#file('read', args[0]);
    const write = (args) => this.#file('write', args[0]);
    const open = (args) => this.#file(/[wa+]/.test(String(args[1] ?? 'r')) ? 'write' : 'read', args[0]);
    for (const where of [fs, fs.promises]) {
      READS.forEach((name) => before(where, name, read));
      WRITES.forEach((name) => before(where, name, write));
      ['open', 'openSync'].forEach((name) => before(where, name, open));
    }
  }

  #file(what, file) {
    const name = file instanceof URL ? file.pathname : Buffer.isBuffer(file) ? file.toString() : file;
    if (typeof name !== 'string' || name.startsWith('/dev/')) {
      return;
    }
    if (what === 'write') {
      this.note('write', path.resolve(name));
    } else if (!CODE.test(name) && !OWN.test(name)) {
      this.note('read', name);
    }
  }

  #watchProcesses() {
    before(childProcess.ChildProcess.prototype, 'spawn', ([options]) => this.note('process', commandOf(options.args, options.file)));
    before(childProcess, 'execSync', ([command]) => this.note('process', String(command)));
    for (const name of ['spawnSync', 'execFileSync']) {
      before(childProcess, name, ([file, args]) => {
        this.note('process', commandOf(Array.isArray(args) ? [file, ...args] : [file], file));
      });
    }
  }

  /** Whoever looks at all variables at once, to hand them to a subprocess for instance, reads none of them. */
  #watchVariables() {
    let listing = false;
    const note = this.note.bind(this);
    process.env = new Proxy(process.env, {
      get(variables, name) {
        if (typeof name === 'string' && !listing && !READ_BY_NODE.test(name)) {
          note('variable', name);
        }
        return variables[name];
      },
      set(variables, name, value) {
        variables[name] = value;
        return true;
      },
      ownKeys(variables) {
        listing = true;
        queueMicrotask(() => {
          listing = false;
        });
        return Reflect.ownKeys(variables);
      },
    });
  }
}

/** Have `look` see the arguments of a function, and whose it is; what it does is not changed. */
function before(owner, name, look) {
  const original = owner[name];
  if (typeof original !== 'function') {
    return;
  }
  const wrapped = {
    [name](...args) {
      look(args, this);
      return original.apply(this, args);
    },
  }[name];
  owner[name] = Object.assign(wrapped, original);
}

function commandOf(args, file) {
  return Array.isArray(args) && args.length > 0 ? args.join(' ') : String(file);
}
