/** Finds the function that a `Handler` setting names. AWS: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html */

import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { HandlerNotFound, ImportModuleError, MalformedHandlerName, UserCodeSyntaxError } from './errors.mjs';

const require = createRequire(new URL('./index.mjs', import.meta.url)); // AWS names this file in "Require stack"

/** `setting` is like `src/app.handler` or `app.api.get`. */
export async function load(task, setting, imports) {
  if (setting.includes('..')) {
    throw new MalformedHandlerName(
      `'${setting}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const folder = path.dirname(setting);
  const [, name, names] = /^([^.]*)\.(.+)$/.exec(path.basename(setting)) ?? [];
  if (name === undefined) {
    throw new MalformedHandlerName('Bad handler');
  }
  const app = await loadModule(task, folder, name, imports);
  const found = names.split('.').reduce((object, key) => object?.[key], app);
  if (!found) {
    throw new HandlerNotFound(`${setting} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new HandlerNotFound(`${setting} is not a function`);
  }
  return found;
}

async function loadModule(task, folder, name, imports) {
  try {
    const file = path.resolve(task, folder, name);
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      if (isFile(file + extension)) {
        return await loadFile(file + extension, imports);
      }
    }
    return require(require.resolve(name, { paths: [task, path.resolve(task, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UserCodeSyntaxError(String(error));
    }
    if (error?.code === 'MODULE_NOT_FOUND') {
      throw new ImportModuleError(String(error));
    }
    throw error;
  }
}

async function loadFile(file, imports) {
  if (!file.endsWith('.mjs') && !(file.endsWith('.js') && isModule(path.dirname(file)))) {
    return require(file);
  }
  await offerLayers();
  return imports.time(file, () => import(pathToFileURL(file)));
}

/** Whether the nearest package.json says so. */
function isModule(folder) {
  for (;;) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
        return false;
      }
    }
    const parent = path.dirname(folder);
    if (parent === folder || path.basename(folder) === 'node_modules') {
      return false;
    }
    folder = parent;
  }
}

/**
 * Node.js itself looks into NODE_PATH for `require` alone; AWS's runtimes do for `import` too. The loader for that may
 * cost a thread, so it is there only when there is something to be found.
 */
async function offerLayers() {
  const folders = (process.env.NODE_PATH ?? '').split(':').filter((f) => f.endsWith('/node_modules') && fs.existsSync(f));
  if (folders.length === 0) {
    return;
  }
  if (Module.registerHooks !== undefined) {
    const { initialize, resolveNow } = await import('./layers.mjs');
    initialize(folders);
    Module.registerHooks({ resolve: resolveNow });
  } else if (Module.register !== undefined) {
    Module.register('./layers.mjs', import.meta.url, { data: folders });
  }
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
