"""Functions in Node.js: their handlers, failures, console, context, and what they do beside computing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.bench import Bench
from tests.engine.test_extensions import CLIENT
from tests.engine.test_supervisor import script
from windtunnel.engine import facts
from windtunnel.engine.interpreters import of_this_machine
from windtunnel.engine.spec import Outcome, Spec

pytestmark = pytest.mark.skipif(not of_this_machine().nodes, reason="no Node.js here")
RUNTIME = "nodejs20.x"


@pytest.fixture(params=["isolated", "not isolated"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path / "functions", isolate=request.param == "isolated") as made:
        yield made


def node(bench: Bench, source: str = "", files: dict[str, str] | None = None, **changes: Any) -> Spec:
    """A function whose file `index.js` has this source."""
    changes = {"runtime": RUNTIME, "timeout_s": 10, **changes}
    return bench.spec("", files={**({"index.js": source} if source else {}), **(files or {})}, **changes)


def records(bench: Bench, word: str) -> list[str]:
    return [text for text in bench.laboratory.log if word in text]


# Handlers


def test_an_async_handler_answers(either: Bench) -> None:
    spec = node(either, "exports.handler = async (event) => ({ got: event });")

    assert either.answer(spec, {"ü": "🙂"}) == {"got": {"ü": "🙂"}}
    assert either.answer(spec, [1]) == {"got": [1]}


@pytest.mark.parametrize(
    ("handler", "files"),
    [
        ("index.handler", {"index.mjs": "await null; export const handler = async () => 'here';"}),
        (
            "index.handler",
            {"index.js": "export const handler = async () => 'here';", "package.json": '{"type": "module"}'},
        ),
        ("index.handler", {"index.cjs": "exports.handler = async () => 'here';"}),
        ("src/api/app.handler", {"src/api/app.js": "exports.handler = async () => 'here';"}),
        ("index.api.get", {"index.js": "exports.api = { get: async () => 'here' };"}),
        ("index.handler", {"index/index.js": "exports.handler = async () => 'here';"}),
        (
            "index.handler",
            {
                "index.mjs": "import { word } from 'pack'; export const handler = async () => word;",
                "node_modules/pack/package.json": '{"exports": "./main.js"}',
                "node_modules/pack/main.js": "exports.word = 'here';",
            },
        ),
    ],
    ids=["mjs", "type module", "cjs", "nested folder", "nested name", "folder", "package"],
)
def test_a_handler_is_found(bench: Bench, handler: str, files: dict[str, str]) -> None:
    assert bench.answer(node(bench, files=files, handler=handler)) == "here"


@pytest.mark.parametrize("lookup", ["promises.lookup(name)", "promises.lookup(name, { all: true })"])
def test_names_below_localhost_are_this_machine(bench: Bench, lookup: str) -> None:
    source = (
        f"exports.handler = async () => {{ const name = 'photos.localhost'; return (await require('dns').{lookup}); }};"
    )

    found = bench.answer(node(bench, source))

    addresses = [each["address"] for each in (found if isinstance(found, list) else [found])]
    assert set(addresses) <= {"127.0.0.1", "::1"}
    assert addresses


@pytest.mark.parametrize("file", ["index.js", "index.mjs"])
def test_a_package_in_a_layer_is_found(either: Bench, tmp_path: Path, file: str) -> None:
    if file == "index.mjs" and either.laboratory.interpreters.choose(RUNTIME).interpreter.version < (18, 19):
        pytest.skip("this Node.js has no loaders")
    package = tmp_path / "layer/nodejs/node_modules/shared"
    package.mkdir(parents=True)
    (package / "index.js").write_text("exports.word = 'from the layer';")
    sources = {
        "index.js": "const { word } = require('shared'); exports.handler = async () => word;",
        "index.mjs": "import { word } from 'shared'; export const handler = async () => word;",
    }
    spec = node(either, files={file: sources[file]}, layers=(str(tmp_path / "layer"),))

    assert either.answer(spec) == "from the layer"


@pytest.mark.parametrize(
    "body",
    [
        "callback(null, 'told')",
        "context.succeed('told')",
        "context.done(null, 'told')",
        "setTimeout(() => callback(null, 'told'), 20)",
        "context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 60000); callback(null, 'told')",
    ],
)
def test_a_handler_answers_by_callback(bench: Bench, body: str) -> None:
    spec = node(bench, f"exports.handler = (event, context, callback) => {{ {body}; return 'ignored'; }};")

    assert [bench.answer(spec), bench.answer(spec)] == ["told", "told"]


def test_a_callback_waits_for_an_empty_event_loop(bench: Bench) -> None:
    spec = node(
        bench,
        "exports.handler = (e, c, callback) => { setTimeout(() => console.log('late'), 150); callback(null, 1); };",
    )

    outcome = bench.invoke(spec, tail=True)

    assert outcome.duration_ms >= 150
    assert b"late" in outcome.log_tail


def test_a_handler_that_never_answers_answers_null_when_nothing_is_left_to_do(bench: Bench) -> None:
    assert bench.answer(node(bench, "exports.handler = () => 5;")) is None
    assert bench.answer(node(bench, "exports.handler = () => new Promise(() => {});")) is None


def test_node_24_takes_no_callbacks_but_returned_values(bench: Bench) -> None:
    error = bench.error(node(bench, "exports.handler = (event, context, callback) => {};", runtime="nodejs24.x"))

    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert bench.answer(node(bench, "exports.handler = () => 5;", runtime="nodejs24.x")) == 5


def test_a_stream_is_the_answer(bench: Bench) -> None:
    spec = node(
        bench,
        """
        exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
          stream.setContentType('text/plain');
          stream.write('one,');
          await new Promise((done) => setTimeout(done, 10));
          stream.write(context.awsRequestId ? 'two' : '');
          stream.end();
        });
        """,
    )

    assert [bench.invoke(spec).payload for _ in range(2)] == [b"one,two", b"one,two"]


def test_the_metadata_of_a_stream_go_ahead(bench: Bench) -> None:
    spec = node(
        bench,
        """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
          http.end('body');
        });
        """,
    )

    assert bench.invoke(spec).payload == b'{"statusCode":201}' + bytes(8) + b"body"


def test_a_stream_that_breaks_off_is_followed_by_the_next_invocation(bench: Bench) -> None:
    source = """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          stream.write('part');
          await new Promise((done) => setTimeout(done, 10));
          if (event === 'throw') { throw new Error('midway'); }
          if (event === 'stray') { setTimeout(() => { throw new Error('stray'); }); await new Promise(() => {}); }
          if (event === 'hang') { await new Promise(() => {}); }
          stream.end();
        });
    """
    spec = node(bench, source)

    assert [bench.error(spec, event)["errorMessage"] for event in ("throw", "stray")] == ["midway", "stray"]
    assert [bench.invoke(spec, event).payload for event in ("hang", "")] == [b"part"] * 2
    assert records(bench, "Invoke Error \t") and records(bench, "Uncaught Exception \t")


def test_an_error_before_the_first_part_of_a_stream_is_an_error(bench: Bench) -> None:
    spec = node(bench, "exports.handler = awslambda.streamifyResponse(async () => { throw new Error('early'); });")

    assert [bench.error(spec)["errorMessage"] for _ in range(2)] == ["early", "early"]


def test_events_and_answers_of_megabytes_arrive_whole(bench: Bench) -> None:
    spec = node(bench, "exports.handler = async (event) => event;")
    large = "ä" * 2_000_000

    assert bench.answer(spec, large) == large


# Failures


def test_a_thrown_error_has_type_message_and_trace(either: Bench) -> None:
    spec = node(
        either,
        "exports.handler = async () => {\n  throw new TypeError('no such order');\n};\n",
    )

    error = either.error(spec)

    place = "/var/task" if error["trace"][1].count("/var/task") else spec.code
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "no such order")
    assert error["trace"][0] == "TypeError: no such order"
    assert re.match(rf"    at \S*handler \({re.escape(place)}/index\.js:2:9\)$", error["trace"][1])
    [logged] = records(either, "Invoke Error")
    assert re.match(r'\S+Z\t[0-9a-f-]{36}\tERROR\tInvoke Error \t\{"errorType":"TypeError",', logged)
    assert json.loads(logged.split("\t")[-1])["stack"] == error["trace"]


@pytest.mark.parametrize(
    ("body", "error_type", "message"),
    [
        ("throw 'words'", "string", "words"),
        ("throw 7", "number", "7"),
        ("callback('words')", "string", "words"),
        ("callback(new RangeError('far'))", "RangeError", "far"),
        ("context.fail(new Error('failed'))", "Error", "failed"),
        ("const e = new Error('own'); e.name = 'OrderError'; throw e", "OrderError", "own"),
    ],
)
def test_whatever_is_thrown_is_told(bench: Bench, body: str, error_type: str, message: str) -> None:
    error = bench.error(node(bench, f"exports.handler = (event, context, callback) => {{ {body}; }};"))

    assert (error["errorType"], error["errorMessage"]) == (error_type, message)


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (
            "exports.other = 1;",
            "index.handler",
            "Runtime.HandlerNotFound",
            "index.handler is undefined or not exported",
        ),
        ("exports.handler = 1;", "index.handler", "Runtime.HandlerNotFound", "index.handler is not a function"),
        ("exports.handler = 1;", "index", "Runtime.MalformedHandlerName", "Bad handler"),
        ("exports.handler = (;", "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'"),
        ("throw new Error('early');", "index.handler", "Error", "early"),
        (
            "require('absent');",
            "index.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'absent'\nRequire stack:\n- /var/task/index.js\n- /var/runtime/index.mjs",
        ),
        (
            "exports.handler = 1;",
            "other.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'other'\nRequire stack:\n- /var/runtime/index.mjs",
        ),
    ],
)
def test_a_failed_initialisation_is_named(
    bench: Bench, source: str, handler: str, error_type: str, message: str
) -> None:
    spec = node(bench, source, handler=handler)

    error = bench.error(spec)

    assert (error["errorType"], error["errorMessage"]) == (error_type, message)
    assert records(bench, f'\tundefined\tERROR\tUncaught Exception \t{{"errorType":"{error_type}"')


@pytest.mark.parametrize("file", ["index.js", "index.mjs"])
def test_who_misses_the_sdk_is_told_what_to_do(bench: Bench, file: str) -> None:
    sources = {"index.js": "require('@aws-sdk/client-absent');", "index.mjs": "import '@aws-sdk/client-absent';"}

    bench.error(node(bench, files={file: sources[file]}))

    assert records(bench, "`npm install -g @aws-sdk/client-...`")


def test_an_error_that_nobody_catches_is_the_outcome_and_the_end_of_the_process(either: Bench) -> None:
    spec = node(
        either,
        """
        let count = 0;
        exports.handler = async (event) => {
          count += 1;
          if (event === 'throw') { setTimeout(() => { throw new Error('stray'); }, 1); }
          if (event === 'reject') { Promise.reject(new Error('unheard')); }
          if (event) { await new Promise((done) => setTimeout(done, 5000)); }
          return count;
        };
        """,
    )

    thrown = either.error(spec, "throw")
    answers = [either.answer(spec), either.answer(spec)]
    rejected = either.error(spec, "reject")

    assert (thrown["errorType"], thrown["errorMessage"]) == ("Error", "stray")
    assert answers == [1, 2]
    assert rejected["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert rejected["errorMessage"] == "Error: unheard"
    assert either.answer(spec) == 1
    assert records(either, "ERROR\tUncaught Exception \t{") and records(
        either, "ERROR\tUnhandled Promise Rejection \t{"
    )


LATE = """
    let count = 0;
    exports.handler = async (wait) => {
      count += 1;
      setTimeout(() => { throw new Error('late'); }, wait);
      return count;
    };
"""


def test_an_error_right_after_an_invocation_is_logged_and_the_next_one_starts_anew(bench: Bench) -> None:
    spec = node(bench, LATE)
    bench.answer(spec, 0)
    bench.run(asyncio.sleep(0.5))

    payloads = [bench.invoke(spec, 10_000).payload for _ in range(2)]

    assert b"1" in payloads  # the second, where a busy machine made it stand still before it could die
    assert records(bench, "ERROR\tUncaught Exception \t{")


def test_work_left_behind_stands_still_and_may_fail_the_next_invocation(bench: Bench) -> None:
    spec = node(bench, LATE)
    bench.answer(spec, 200)
    bench.run(asyncio.sleep(0.5))

    assert bench.error(spec, 10_000)["errorMessage"].endswith("Error: Runtime exited with error: exit status 129")
    assert bench.answer(spec, 10_000) == 1


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("process.exit(3)", "Runtime exited with error: exit status 3"),
        ("process.exit(0)", "Runtime exited without providing a reason"),
        ("process.kill(process.pid, 'SIGKILL')", "Runtime exited with error: signal: killed"),
        ("process.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
def test_an_exit_is_a_crash_and_the_next_invocation_starts_anew(bench: Bench, body: str, how: str) -> None:
    spec = node(bench, f"let n = 0; exports.handler = async (event) => {{ n += 1; if (event) {body}; return n; }};")

    assert bench.error(spec, 1)["errorMessage"].endswith(how)
    assert bench.answer(spec) == 1


def test_a_function_that_takes_too_long_is_told_so(either: Bench) -> None:
    spec = node(either, "exports.handler = async (event) => { while (event) {} return 1; };", timeout_s=0.5)
    either.answer(spec)

    outcome = either.invoke(spec, 1)

    assert (outcome.status, outcome.duration_ms) == ("timeout", 500)
    assert either.answer(spec) == 1


def test_a_function_that_uses_too_much_memory_is_killed(bench: Bench) -> None:
    if bench.run(bench.engine.enforcement()).memory.grade != "enforced":
        pytest.skip("this machine does not limit memory")
    source = "exports.handler = async (event) => Buffer.alloc(event << 20, 1).length;"

    outcome = bench.invoke(node(bench, source), 400)

    assert outcome.status == "crash"
    assert b"Runtime exited with error: signal: killed" in outcome.payload
    assert outcome.memory_mb == 128


def test_the_memory_used_counts_the_interpreter(bench: Bench) -> None:
    assert 30 <= bench.invoke(node(bench, "exports.handler = async () => 1;")).memory_mb <= 100


def test_an_answer_that_is_no_json_is_an_error(bench: Bench) -> None:
    error = bench.error(node(bench, "exports.handler = async () => 5n;"))

    assert (error["errorType"], error["errorMessage"]) == ("Error", "Unable to stringify response body")


# Log


def test_each_call_of_the_console_is_one_event_with_time_request_and_level(either: Bench) -> None:
    source = """
        console.log('at start');
        exports.handler = async (event, context) => {
          console.info('two\\nlines %d', 5, { a: [1] });
          process.stdout.write('raw one\\nraw two\\n');
          console.warn('w'); console.error('e'); console.debug('d'); console.trace('t');
        };
    """
    invocation = either.laboratory.invocation()
    either.run(either.engine.invoke(node(either, source), invocation))
    either.run(either.engine.close())

    id = invocation.request_id
    texts = [text.partition("Z\t")[2] or text for text in either.laboratory.log]
    assert texts[:10] == [
        texts[0],
        "undefined\tINFO\tat start\n",
        f"START RequestId: {id} Version: $LATEST\n",
        f"{id}\tINFO\ttwo\nlines 5 {{ a: [ 1 ] }}\n",
        "raw one\n",
        "raw two\n",
        f"{id}\tWARN\tw\n",
        f"{id}\tERROR\te\n",
        f"{id}\tDEBUG\td\n",
        f"{id}\tTRACE\tt\n",
    ]
    assert texts[10].startswith(f"END RequestId: {id}")


def test_a_log_in_json_has_records_filtered_by_level(bench: Bench) -> None:
    source = """
        exports.handler = async () => {
          console.debug('hidden'); console.log('hidden too');
          console.warn({ order: 7 }); console.error('broken: %s', 1, new TypeError('why'));
        };
    """
    spec = node(bench, source, log_format="JSON", application_log_level="WARN")

    outcome = bench.invoke(spec)

    written = [json.loads(text) for text in bench.laboratory.log if '"level"' in text]
    assert outcome.status == "success"
    assert [(r["level"], r["message"]) for r in written[:1]] == [("WARN", {"order": 7})]
    assert set(written[0]) == {"timestamp", "level", "requestId", "message"}
    assert (written[1]["errorType"], written[1]["errorMessage"]) == ("TypeError", "why")
    assert written[1]["message"].startswith("broken: 1 TypeError: why")
    assert written[1]["stackTrace"][0] == "TypeError: why"
    assert len(written) == 2


def test_a_hundred_thousand_lines_arrive_in_order(bench: Bench) -> None:
    spec = node(
        bench,
        """
        exports.handler = async () => {
          for (let i = 0; i < 5000; i += 1) { process.stdout.write(`raw ${i}\\n`); console.log(`record ${i}`); }
        };
        """,
    )
    bench.invoke(spec, tail=True)

    lines = [text.split()[-2:] for text in bench.laboratory.log if "raw " in text or "record " in text]
    assert lines == [[word, str(i)] for i in range(5000) for word in ("raw", "record")]


# Surroundings


def test_the_context_tells_about_function_and_caller(bench: Bench) -> None:
    spec = node(
        bench,
        """
        exports.handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });
        """,
        timeout_s=7,
    )
    invocation = bench.laboratory.invocation(
        function_arn=f"{spec.function_arn}:live",
        client_context='{"custom": {"a": 1}}',
        identity='{"cognitoIdentityId": "i"}',
    )

    outcome: Outcome = bench.run(bench.engine.invoke(spec, invocation))
    seen = json.loads(outcome.payload)

    assert 6000 < seen.pop("left") <= 7000
    assert seen == {
        "callbackWaitsForEmptyEventLoop": True,
        "functionVersion": "$LATEST",
        "functionName": spec.name,
        "memoryLimitInMB": "128",
        "logGroupName": spec.log_group,
        "logStreamName": spec.log_stream,
        "clientContext": {"custom": {"a": 1}},
        "identity": {"cognitoIdentityId": "i"},
        "invokedFunctionArn": f"{spec.function_arn}:live",
        "awsRequestId": invocation.request_id,
    }


def test_the_variables_are_as_on_aws(bench: Bench) -> None:
    spec = node(bench, "exports.handler = async () => ({ ...process.env });", environment={"STAGE": "test"})

    seen = bench.answer(spec, trace="Root=1-0-0;Parent=0;Sampled=1")

    assert seen.pop("AWS_LAMBDA_RUNTIME_API").startswith("127.0.0.1:")
    assert {name: seen[name] for name in ("STAGE", "AWS_EXECUTION_ENV", "PWD", "TZ", "_X_AMZN_TRACE_ID")} == {
        "STAGE": "test",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
        "PWD": "/var/task",
        "TZ": ":UTC",
        "_X_AMZN_TRACE_ID": "Root=1-0-0;Parent=0;Sampled=1",
    }
    assert seen["NODE_PATH"] == (
        "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"
    )
    assert not {"PYTHONPATH", "LC_CTYPE"} & set(seen)


def test_the_interpreter_is_where_aws_has_it_and_the_machine_cannot_be_seen(bench: Bench) -> None:
    if bench.run(bench.engine.enforcement()).files.grade != "enforced":
        pytest.skip("this machine does not isolate functions")
    spec = node(
        bench,
        """
        const fs = require('fs'), { execFileSync } = require('child_process');
        exports.handler = async (path) => ({
          argv: process.argv, exec: process.execPath, cwd: process.cwd(), seen: fs.existsSync(path),
          version: execFileSync('node', ['--version']).toString().trim() === process.version,
          caps: fs.readFileSync('/proc/self/status', 'utf8').match(/CapEff:\\s*(\\w+)/)[1],
        });
        """,
    )

    seen = bench.answer(spec, spec.code)

    assert seen["argv"] == ["/var/lang/bin/node", "/var/runtime/index.mjs"]
    assert (seen["exec"], seen["cwd"], seen["seen"], seen["version"]) == (
        "/var/lang/bin/node",
        "/var/task",
        False,
        True,
    )
    assert seen["caps"] == "0" * 16


def test_an_extension_runs_beside_a_function(either: Bench, tmp_path: Path) -> None:
    watching = (
        "id, _, _ = register('INVOKE')\nprint('watching', next_event(id)['requestId'], flush=True)\nnext_event(id)\n"
    )
    script(tmp_path / "layer", "extensions/watcher", CLIENT + watching)
    spec = node(either, "exports.handler = async (event) => event;", layers=(str(tmp_path / "layer"),))

    invocation = either.laboratory.invocation(1)

    assert either.run(either.engine.invoke(spec, invocation)).payload == b"1"
    assert either.answer(spec, 2) == 2
    either.run(either.engine.close())
    assert f"watching {invocation.request_id}\n" in either.laboratory.log


def test_options_that_node_reads_when_it_starts_work(either: Bench) -> None:
    source = (
        "exports.handler = async () => [process.execArgv, require('v8').getHeapStatistics().heap_size_limit >> 20];"
    )
    spec = node(either, source, environment={"NODE_OPTIONS": "--max-old-space-size=64"})

    assert either.answer(spec)[1] < 300


def test_a_wrapper_starts_the_runtime(either: Bench) -> None:
    spec = node(
        either,
        "console.log('a\\nb'); exports.handler = async () => [process.env.WRAPPED, process.execArgv];",
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"},
    )
    wrapper = Path(spec.code) / "wrapper"
    wrapper.write_text('#!/bin/bash\nexport WRAPPED=yes\nnode="$1"; shift\nexec "$node" --no-warnings "$@"\n')
    wrapper.chmod(0o755)

    word, options = either.answer(spec)

    assert word == "yes"
    assert "--no-warnings" in options
    assert [text.partition("Z\t")[2] for text in records(either, "INFO\ta")] == ["undefined\tINFO\ta\nb\n"]


def test_a_wrapper_that_hands_on_no_descriptors_costs_nothing_but_single_events(bench: Bench) -> None:
    source = "console.log('a\\nb'); exports.handler = async () => 1;"
    spec = node(bench, source, environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"})
    wrapper = Path(spec.code) / "wrapper"
    wrapper.write_text('#!/bin/bash\nexec 62>&-\nexec "$@"\n')
    wrapper.chmod(0o755)

    assert bench.answer(spec) == 1
    assert "b\n" in bench.laboratory.log


def test_what_a_function_does_is_recorded(either: Bench) -> None:
    spec = node(
        either,
        """
        const fs = require('fs'), net = require('net'), cp = require('child_process');
        require('./part.js');
        exports.handler = async () => {
          fs.writeFileSync('/tmp/report', process.env.STAGE);
          cp.execFileSync('true', ['x']);
          await new Promise((done) => net.connect(9, '127.0.0.1').on('error', done));
        };
        """,
        files={"part.js": "for (let i = 0; i < 1e6; i += 1) {}"},
        environment={"STAGE": "test"},
    )

    either.answer(spec)

    found = [entry.fact for entry in either.recorder.records()]
    [init] = [fact for fact in found if isinstance(fact, facts.InitFinished)]
    assert [module.module for module in init.imports] == ["part", "index"]
    assert init.imports[1].total_ms >= init.imports[0].total_ms == init.imports[0].own_ms > 0
    assert init.runtime_ms > 0
    told = [fact for fact in found if isinstance(fact, facts.Did)]
    assert {(f.host, f.port) for f in told if isinstance(f, facts.ConnectionOpened)} == {("127.0.0.1", 9)}
    assert [f.path for f in told if isinstance(f, facts.FileWritten)] == ["/tmp/report"]
    assert [f.command for f in told if isinstance(f, facts.SubprocessStarted)] == ["true x"]
    assert [f.name for f in told if isinstance(f, facts.VariableRead)] == ["STAGE"]


def test_a_connection_that_is_used_again_is_recorded_and_the_processor_time_is_told(bench: Bench) -> None:
    source = """
        const http = require('http');
        const agent = new http.Agent({ keepAlive: true });
        const server = http.createServer((_, answer) => answer.end('ok')).listen(0);
        server.unref();
        exports.handler = async () => {
          const begun = process.cpuUsage();
          while (process.cpuUsage(begun).user < 30_000) {}
          for (let i = 0; i < 2; i += 1) {
            await new Promise((done) => {
              http.get({ port: server.address().port, agent }, (answer) => answer.resume().on('end', () => setImmediate(done)));
            });
          }
        };
    """
    spec = node(bench, source)

    outcomes = [bench.invoke(spec) for _ in range(2)]

    used = [entry.fact for entry in bench.recorder.records("Invoked")]
    opened, reused = bench.recorder.records("ConnectionOpened"), bench.recorder.records("ConnectionReused")
    assert [outcome.status for outcome in outcomes] == ["success", "success"]
    assert [entry.fact.request_id for entry in opened] == [used[0].request_id]
    assert [(entry.fact.request_id, entry.fact.host) for entry in reused] == [(used[1].request_id, "localhost")]
    assert all(20 <= fact.cpu_ms < 1000 for fact in used)


def test_the_time_is_utc(bench: Bench) -> None:
    assert bench.answer(node(bench, "exports.handler = async () => new Date(0).getHours();")) == 0


def test_a_runtime_of_another_major_is_run_by_the_nearest_node(bench: Bench) -> None:
    choice = bench.laboratory.interpreters.choose("nodejs99.x")

    assert choice.interpreter.language == "nodejs"
    assert choice.notice.startswith("nodejs99.x is not installed; nodejs ")
    assert bench.answer(node(bench, "exports.handler = async () => 1;", runtime="nodejs22.x")) == 1
