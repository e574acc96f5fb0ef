/** A loader that finds packages for `import` in the folders of NODE_PATH, after Node.js has not found them elsewhere. */

import { pathToFileURL } from 'node:url';

let parents = [];

export async function initialize(folders) {
  parents = folders.map((folder) => pathToFileURL(`${folder}/../index.mjs`).href);
}

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier)) {
      throw error;
    }
    for (const parentURL of parents) {
      try {
        return await nextResolve(specifier, { ...context, parentURL });
      } catch (again) {
        if (again.code !== 'ERR_MODULE_NOT_FOUND') {
          throw again;
        }
      }
    }
    throw error;
  }
}
