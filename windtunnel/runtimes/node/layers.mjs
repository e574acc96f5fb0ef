/**
 * A loader that finds packages for `import` in the folders of NODE_PATH, after Node.js has not found them elsewhere. In a
 * thread of its own (`resolve`), or where Node.js allows it in this one (`resolveNow`).
 */

import { pathToFileURL } from 'node:url';

let parents = [];

export function initialize(folders) {
  parents = folders.map((folder) => pathToFileURL(`${folder}/../index.mjs`).href);
}

export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    const found = await first(elsewhere(specifier, error), (parentURL) => nextResolve(specifier, { ...context, parentURL }));
    return given(found, error);
  }
}

export function resolveNow(specifier, context, nextResolve) {
  try {
    return nextResolve(specifier, context);
  } catch (error) {
    for (const parentURL of elsewhere(specifier, error)) {
      try {
        return nextResolve(specifier, { ...context, parentURL });
      } catch (again) {
        given(again.code === error.code || undefined, again);
      }
    }
    throw error;
  }
}

/** Where else to look for what was not found. */
function elsewhere(specifier, error) {
  const isPackage = !/^[./]|^[a-z]+:/.test(specifier);
  return ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error.code) && isPackage ? parents : [];
}

async function first(candidates, find) {
  for (const candidate of candidates) {
    try {
      return await find(candidate);
    } catch (error) {
      given(error.code === 'ERR_MODULE_NOT_FOUND' || undefined, error);
    }
  }
  return undefined;
}

function given(value, error) {
  if (value === undefined) {
    throw error;
  }
  return value;
}
