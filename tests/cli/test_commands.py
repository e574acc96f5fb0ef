"""Commands as a person or a script uses them: what they print, what they answer with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.anomalies.serving import Serving
from windtunnel.cli.main import main

ROOT = Path(__file__).parents[2]
ORDERS = str(ROOT / "examples" / "orders")
CARELESS = str(ROOT / "examples" / "orders-careless")


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_help_lists_every_command():
    shown = run("--help").output

    for name in ("check", "up", "serve", "invoke", "logs", "doctor"):
        assert f"  {name} " in shown


def test_help_imports_nothing_heavy():
    code = "import sys; from windtunnel.cli.main import main; main(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    for module in ("'boto3'", "'botocore'", "'rich'", "'windtunnel.cloud'", "'asyncio'"):
        assert module not in shown, module


def test_a_static_check_reads_a_single_template():
    shown = run("check", "--static", f"{CARELESS}/template.yaml", "--format", "json")

    report = json.loads(shown.output)
    assert shown.exit_code == 1
    found = {j["rule"] for j in report["judgements"] if j["verdict"] == "fail"}
    assert {"S4-secret-in-env", "S1-wildcard-permission", "K14-runtime-eol", "A7-sync-chain"} <= found
    [secret] = [j for j in report["judgements"] if j["rule"] == "S4-secret-in-env" and j["verdict"] == "fail"]
    assert secret["resource"] == "TakeOrder"
    assert secret["evidence"][0]["where"] == "template.yaml:18"
    assert secret["grade"] == "E0"


def test_nothing_severe_is_exit_code_zero():
    assert run("check", "--static", ORDERS).exit_code == 0
    assert run("check", "--static", CARELESS, "--fail-on", "never").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Resources: [", "template.yaml:2: The template does not parse"),
        ("Resources:\n  A:\n    Type: AWS::SQS::Queue\n   B: {}\n", "template.yaml:4"),
        ("Description: nothing", "no Resources section"),
    ],
)
def test_a_template_that_does_not_parse_is_one_message_with_its_line(tmp_path, text, words):
    (tmp_path / "template.yaml").write_text(text)

    shown = run("check", str(tmp_path))

    assert shown.exit_code == 3
    assert words in shown.output
    assert "Traceback" not in shown.output


def test_a_missing_template_says_what_was_looked_for(tmp_path):
    shown = run("check", str(tmp_path))

    assert shown.exit_code == 3
    assert "looked for template.yaml" in shown.output


FUNCTION = """
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Role: arn:aws:iam::000000000000:role/x
      Handler: app.handler
      Code: src/
"""


def test_a_missing_folder_of_code_is_said_with_its_line(tmp_path):
    (tmp_path / "template.yaml").write_text(FUNCTION)

    shown = run("check", str(tmp_path))

    assert shown.exit_code == 3
    assert "template.yaml:9: Code of Fn is src/, which is not there." in shown.output


def test_an_unknown_handler_is_said_before_anything_runs(tmp_path):
    (tmp_path / "template.yaml").write_text(FUNCTION)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("")

    shown = run("check", str(tmp_path))

    assert shown.exit_code == 3
    assert "template.yaml:8: Handler of Fn is app.handler, but src/ has no app.py." in shown.output


def test_what_is_not_supported_is_named_and_can_be_left_out(tmp_path):
    template = FUNCTION + "  Host:\n    Type: AWS::EC2::Instance\n"
    (tmp_path / "template.yaml").write_text(template)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")

    refused = run("check", str(tmp_path), "-q")
    allowed = run("check", str(tmp_path), "-q", "--allow-unsupported", "--format", "json", "--fail-on", "never")

    assert refused.exit_code == 3
    assert "line 10: Host: the type AWS::EC2::Instance is not supported" in refused.output
    assert "--allow-unsupported" in refused.output
    assert allowed.exit_code == 0
    assert "Host" in json.loads(allowed.output)["left_out"][0]


def test_a_function_that_crashes_at_import_is_a_judgement_and_no_crash(tmp_path):
    (tmp_path / "template.yaml").write_text(FUNCTION)
    for name, text in (("src/app.py", "raise RuntimeError('no')\n"), ("events/fn.json", "{}")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    shown = run("check", str(tmp_path), "-q", "--format", "json", "--fail-on", "never")

    assert shown.exit_code == 0
    assert json.loads(shown.output)["invocations"] >= 3


def test_a_waiver_covers_a_finding_until_it_ends(tmp_path):
    (tmp_path / "template.yaml").write_text(FUNCTION)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    waiver = '[[waivers]]\nrule = "M10-no-alarm"\nuntil = {}\nreason = "later"\n'

    (tmp_path / "windtunnel.toml").write_text(waiver.format("2999-01-01"))
    covered = run("check", "--static", str(tmp_path), "--format", "json")
    (tmp_path / "windtunnel.toml").write_text(waiver.format("2020-01-01"))
    ended = run("check", "--static", str(tmp_path), "--format", "json")

    def verdict(shown):
        return next(j["verdict"] for j in json.loads(shown.output)["judgements"] if j["rule"] == "M10-no-alarm")

    assert verdict(covered) == "waived"
    assert verdict(ended) == "fail"


@pytest.mark.parametrize("form", ["html", "sarif", "junit", "text"])
def test_every_format_can_be_written_to_a_file(tmp_path, form):
    target = tmp_path / "report"

    shown = run("check", "--static", CARELESS, "--format", form, "--output", str(target))

    assert shown.exit_code == 1
    assert "A2-failed-event-lost" in target.read_text()


def test_sarif_has_a_line_for_each_finding(tmp_path):
    report = json.loads(run("check", "--static", CARELESS, "--format", "sarif").output)

    results = report["runs"][0]["results"]
    assert all(r["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for r in results)
    assert {r["ruleId"] for r in results} == {rule["id"] for rule in report["runs"][0]["tool"]["driver"]["rules"]}


def test_a_port_in_use_is_one_message(tmp_path):
    serving = Serving(str(tmp_path))
    port = serving.endpoint.rsplit(":", 1)[1]

    shown = subprocess.run(
        [sys.executable, "-m", "windtunnel.cli.main", "serve", "--port", port],
        capture_output=True,
        text=True,
        check=False,
    )
    serving.stop()

    assert shown.returncode == 3
    assert f"Port {port} on 127.0.0.1 is in use." in shown.stderr


def test_invoke_and_logs_speak_to_a_running_cloud(tmp_path):
    from tests.services.lambda_.functions import ROLE, package

    serving = Serving(str(tmp_path))
    code = package(index="def handler(event, context):\n    print('hello')\n    return {'got': event}\n")
    serving.client("lambda").create_function(
        FunctionName="fn", Role=ROLE, Runtime="python3.11", Handler="index.handler", Code={"ZipFile": code}
    )
    event = tmp_path / "event.json"
    event.write_text('{"a": 1}')

    answered = run("invoke", "fn", "--event", str(event), "--endpoint", serving.endpoint, "--json")
    unknown = run("invoke", "nowhere", "--endpoint", serving.endpoint)
    written = run("logs", "fn", "--endpoint", serving.endpoint)
    serving.stop()

    assert json.loads(answered.output)["answer"] == {"got": {"a": 1}}
    assert unknown.exit_code == 3
    assert "There is no function nowhere. Known at" in unknown.output
    assert "hello" in written.output


def test_nobody_there_is_one_message():
    shown = run("invoke", "fn", "--endpoint", "http://127.0.0.1:9")

    assert shown.exit_code == 3
    assert "Nothing answers at http://127.0.0.1:9" in shown.output


def test_doctor_tells_what_is_enforced():
    found = json.loads(run("doctor", "--json").output)

    assert any(each["label"].startswith("python") for each in found["interpreters"])
    assert {"memory", "files", "network"} <= found["enforced"].keys()
    assert found["sdk"]["python"]["there"]
    assert all(each["there"] or "@aws-sdk" in each["notice"] for each in found["sdk"].values())


def test_nothing_is_left_behind_by_a_check(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    (tmp_path / "template.yaml").write_text(FUNCTION)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context):\n    return 1\n")

    subprocess.run(
        [sys.executable, "-m", "windtunnel.cli.main", "check", str(tmp_path), "-q"],
        env=environment,
        capture_output=True,
        check=False,
    )

    assert list(scratch.iterdir()) == []


def test_a_report_says_which_interpreter_stood_in(tmp_path):
    from windtunnel.engine.interpreters import of_this_machine

    found = of_this_machine()
    missing = next((each for each in ("python3.14", "python3.12", "python3.9") if found.choose(each).notice), None)
    if missing is None:
        pytest.skip("this machine has every Python")
    (tmp_path / "template.yaml").write_text(FUNCTION.replace("python3.13", missing))
    for name, text in (("src/app.py", "def handler(event, context):\n    return 1\n"), ("events/fn.json", "{}")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    shown = run("check", str(tmp_path), "-q", "--format", "json", "--fail-on", "never")

    notes = json.loads(shown.output)["notes"]
    assert [note for note in notes if note.startswith(f"{missing} is not installed; python 3.")] and "/" not in notes[0]
