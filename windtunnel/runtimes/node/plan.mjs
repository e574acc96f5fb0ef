/** What this process is to become: its plan (`runtimes/python/supervisor.py`), its variables, its folder. */

import fs from 'node:fs';
import Module from 'node:module';

const PARKED_PLAN = 4;
const PLAN = 62;
const CHUNK = 1 << 16;

/** The plan that a process was started before, waited for; else the one at the descriptor; else one from the variables. */
export function findPlan(awaited) {
  if (awaited) {
    const text = readToEnd(PARKED_PLAN);
    if (!text) {
      process.exit(0); // the platform needs another process than this one
    }
    return JSON.parse(text);
  }
  let known = {};
  try {
    known = JSON.parse(readToEnd(PLAN));
  } catch (error) {
    if (error.code !== 'EBADF') {
      throw error;
    }
  }
  return { ...usual(process.env), ...known, handler: process.env._HANDLER };
}

/** The process as the function finds it. A process that was started afresh has its variables already. */
export function setUp(plan, awaited) {
  if (awaited) {
    for (const name of Object.keys(process.env)) {
      delete process.env[name];
    }
    Object.assign(process.env, plan.environ);
    process.chdir(plan.task);
    Module._initPaths(); // what NODE_PATH names
  }
}

function usual(environ) {
  return {
    mark: '',
    task: environ.LAMBDA_TASK_ROOT ?? '/var/task',
    log_format: environ.AWS_LAMBDA_LOG_FORMAT ?? 'Text',
    log_level: environ.AWS_LAMBDA_LOG_LEVEL ?? '',
  };
}

function readToEnd(descriptor) {
  const parts = [];
  for (;;) {
    const part = Buffer.alloc(CHUNK);
    const size = fs.readSync(descriptor, part);
    if (size === 0) {
      fs.closeSync(descriptor);
      return Buffer.concat(parts).toString();
    }
    parts.push(part.subarray(0, size));
  }
}
