/**
 * The Node.js runtime: AWS's life cycle of a function, in one process, from its plan to its end. No dependencies.
 *
 * Started before the function is known, it waits for the plan, and prepares what it can if it has the time (`parked`)
 * and is not `wanted` at once. Started afresh, it finds the plan at a descriptor, or, under a wrapper that did not hand
 * that on, makes do with the variables.
 */

import { Audit } from './audit.mjs';
import { connect, openParked } from './client.mjs';
import { patchConsole } from './console.mjs';
import { Imports } from './imports.mjs';
import { load } from './loader.mjs';
import { Output, replaceStreams } from './output.mjs';
import { findPlan, setUp } from './plan.mjs';
import { rehearse } from './rehearsal.mjs';
import { Runtime } from './runtime.mjs';
import { defineAwslambda } from './streaming.mjs';

const [mode] = process.argv.splice(2);
const awaitsPlan = mode === 'parked' || mode === 'wanted';
const request = { id: undefined };
const audit = new Audit();
const imports = new Imports();
replaceStreams();
defineAwslambda();
imports.watch();
if (mode === 'parked') {
  await rehearse(imports);
}
const waiting = awaitsPlan ? openParked() : null; // from here to the plan the event loop must not turn: see `openParked`
const plan = findPlan(awaitsPlan);
setUp(plan, awaitsPlan);
imports.begin(plan.task);
const output = new Output(plan.mark);
patchConsole(output, request, plan);
const client = waiting ?? (await connect(process.env.AWS_LAMBDA_RUNTIME_API));
const runtime = new Runtime(client, output, audit, imports, request, plan, { ...process.env });
runtime.watch();
audit.watch();
await runtime.initialise(() => load(plan.task, plan.handler, imports));
