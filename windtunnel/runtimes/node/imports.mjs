/** How long each module took to load, alone and with what it loaded in turn; of ES modules, the whole of a graph. */

import Module from 'node:module';

const MOST = 3000;

export class Imports {
  #finished = [];
  #open = [];
  #task = '/';

  /** Count from now on; `task` is the function's own folder. */
  begin(task) {
    this.#task = task.endsWith('/') ? task : `${task}/`;
    this.#finished = [];
  }

  watch() {
    const load = Module.prototype.load;
    const imports = this;
    Module.prototype.load = function (file) {
      imports.#begin();
      try {
        return load.call(this, file);
      } finally {
        imports.#end(file);
      }
    };
  }

  /** Load a graph of ES modules by `act`. */
  async time(file, act) {
    this.#begin();
    try {
      return await act();
    } finally {
      this.#end(file);
    }
  }

  /** What has been loaded since this was last asked: [module, milliseconds alone, milliseconds in all, file]. */
  take() {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  #begin() {
    this.#open.push([performance.now(), 0]);
  }

  #end(file) {
    const [started, inside] = this.#open.pop();
    const took = performance.now() - started;
    if (this.#open.length > 0) {
      this.#open.at(-1)[1] += took;
    }
    if (this.#finished.length < MOST) {
      this.#finished.push([nameOf(file, this.#task), rounded(took - inside), rounded(took), file]);
    }
  }
}

/** As a function asks for it: from its package on, or from its own folder. */
function nameOf(file, task) {
  const name = file.split('/node_modules/').at(-1);
  return (name.startsWith(task) ? name.slice(task.length) : name).replace(/(\/index)?\.[cm]?js$/, '');
}

function rounded(milliseconds) {
  return Math.max(0, Math.round(milliseconds * 1000) / 1000);
}
