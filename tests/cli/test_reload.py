"""A saved file is what the next request runs, however it is saved; `up` as its users start it."""

import http.client
import json
import os
import shutil
import threading
import time

import pytest

from tests.cli.upped import NODE, PYTHON, Up, write_app
from windtunnel.engine.interpreters import of_this_machine

LIVE = "\n      AutoPublishAlias: live"
API = """
      Events:
        Get:
          Type: HttpApi
          Properties: {Path: /value, Method: get}"""


@pytest.fixture
def started(tmp_path):
    running = []

    def start(*options, reads=True, **app):
        file = write_app(tmp_path / "app", **app)
        running.append(Up(tmp_path / "app", *options, reads=reads))
        return running[-1], file

    yield start
    for up in running:
        up.stop()


def rewrite(file, text):
    with file.open("r+") as opened:
        opened.write(text)


def test_a_file_written_in_place_with_the_same_length_serves_at_once(started):
    up, file = started()
    up.answers(1000)

    for value in (1001, 1002, 1003):
        rewrite(file, PYTHON.format(value))
        up.answers(value)


def test_a_file_saved_right_after_the_start_is_not_missed(started):
    up, file = started()

    rewrite(file, PYTHON.format(1001))

    up.answers(1001)


def test_output_that_nobody_reads_stops_nothing(started):
    up, file = started(reads=False, source=PYTHON.format(1000).replace("return", "print('x' * 20_000)\n    return"))
    connection = up.connection()
    for _ in range(60):
        assert up.invoke(connection=connection) == (1000, None)

    rewrite(file, file.read_text().replace("1000", "1001"))

    up.answers(1001)


def test_editors_save_by_renaming_by_emptying_and_several_files_at_once(started):
    up, file = started(source="from part import VALUE\n\n\ndef handler(event, context):\n    return VALUE\n")
    part = file.with_name("part.py")
    assert up.invoke()[1] == "Unhandled"

    part.write_text("VALUE = 1\n")
    up.answers(1)

    draft = file.with_name("part.py~")
    draft.write_text("VALUE = 2\n")
    os.replace(draft, part)
    up.answers(2)

    os.rename(part, draft)
    with part.open("w") as opened:
        time.sleep(0.01)
        opened.write("VALUE = 3\n")
    draft.unlink()
    up.answers(3)

    file.write_text(file.read_text().replace("from part", "from other"))
    part.rename(file.with_name("other.py"))
    file.with_name("other.py").write_text("VALUE = 4\n")
    up.answers(4)


def test_folders_come_and_go_with_their_files(started):
    up, file = started(
        source="import os\n\n\ndef handler(event, context):\n    return sorted(os.listdir('.')), os.path.exists('a/b/c')\n"
    )
    up.answers([["app.py"], False])

    (file.parent / "a" / "b").mkdir(parents=True)
    (file.parent / "a" / "b" / "c").write_text("1")
    up.answers([["a", "app.py"], True])

    shutil.rmtree(file.parent / "a")
    up.answers([["app.py"], False])


def test_a_mistake_is_said_and_the_next_save_mends_it(started):
    up, file = started()
    up.answers(1000)

    file.write_text("def handler(event, context)\n    return 1\n")

    assert "app.py:1: expected ':'" in up.says("saved with a mistake")
    up.says("up to date")
    answer, error = up.invoke()
    assert (answer["errorType"], error) == ("Runtime.UserCodeSyntaxError", "Unhandled")
    file.write_text(PYTHON.format(1001))
    up.answers(1001)


def test_a_request_under_way_ends_with_the_code_it_began_with(started):
    slow = PYTHON.format(1000).replace("return", "import time; time.sleep(event or 0)\n    return")
    up, file = started(source=slow)
    up.answers(1000)
    got = []
    thread = threading.Thread(target=lambda: got.append(up.invoke(1.5)))
    thread.start()
    time.sleep(0.2)

    file.write_text(PYTHON.format(1001))
    up.answers(1001)
    thread.join()

    assert got == [(1000, None)]


def test_aliases_and_apis_serve_what_was_saved(started):
    up, file = started(more=LIVE + API)
    up.answers(1000, qualifier="live")

    rewrite(file, PYTHON.format(1001))

    up.answers(1001, qualifier="live")
    up.answers(1001)
    address = up.says("API ServerlessHttpApi").rpartition("/_api/")[2]
    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=10)
    connection.request("GET", f"/_api/{address}value")
    assert json.loads(connection.getresponse().read()) == 1001


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_a_function_in_nodejs_is_brought_up_to_date_too(started):
    up, file = started(runtime="nodejs22.x")
    up.answers(1000)

    rewrite(file, NODE.format(1001))

    up.answers(1001)


def test_a_changed_template_is_deployed_again_and_its_new_folder_is_watched(started, tmp_path):
    up, file = started()
    up.answers(1000)
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "app.py").write_text(PYTHON.format(2000))
    template = tmp_path / "app" / "template.yaml"

    template.write_text(template.read_text().replace("src/", "../elsewhere/"))
    up.answers(2000)
    up.says("deployed again")
    (other / "app.py").write_text(PYTHON.format(2001))

    up.answers(2001)


def test_another_interpreter_than_on_aws_is_said_at_the_start_and_in_the_log(started):
    found = of_this_machine()
    runtimes = [f"python3.{minor}" for minor in range(14, 8, -1)]
    missing = next((each for each in runtimes if found.choose(each).notice), None)
    if missing is None:
        pytest.skip("this machine has every Python")
    up, _ = started(runtime=missing)
    said = f"{missing} is not installed; python 3."

    up.says(f"notice: {said}")
    assert up.invoke() == up.invoke() == (1000, None)
    up.says(f"WINDTUNNEL {said}")

    assert sum("WINDTUNNEL" in line for line in up.lines) == 1
