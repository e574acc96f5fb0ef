"""Tasks: functions, services, activities and callbacks; how they fail, are tried again, and are caught."""

import json

import pytest

from tests.services.lambda_.functions import ECHO, FAIL, create
from tests.services.sns.topics import queue, received
from tests.services.stepfunctions.machines import ROLE, ended, events, flow, made, output, run, started, told
from tests.services.stepfunctions.test_machines import refused

INVOKE = "arn:aws:states:::lambda:invoke"
SEND = "arn:aws:states:::sqs:sendMessage"
WAITING = f"{SEND}.waitForTaskToken"


def function(cloud, source=ECHO, name="fn"):
    return create(cloud, source, name)["FunctionArn"]


def asking(url, **more):
    """A task that asks for a callback by a message in a queue."""
    body = {"token.$": "$$.Task.Token"}
    return {"Type": "Task", "Resource": WAITING, "Parameters": {"QueueUrl": url, "MessageBody": body}, **more}


def token(cloud, url):
    [message] = received(cloud, url)
    return json.loads(message["Body"])["token"]


def test_a_function_is_called_by_its_arn(cloud):
    task = {"Type": "Task", "Resource": function(cloud), "ResultPath": "$.r"}
    execution = started(cloud, made(cloud, flow(A=task)), {"n": 1})

    assert ended(cloud, execution)["output"] == {"n": 1, "r": {"n": 1}}
    assert told(cloud, execution)[1:6] == [
        "2<-0 TaskStateEntered",
        "3<-2 LambdaFunctionScheduled",
        "4<-3 LambdaFunctionStarted",
        "5<-4 LambdaFunctionSucceeded",
        "6<-5 TaskStateExited",
    ]


def test_a_function_is_invoked_by_the_integration_with_what_is_around_it(cloud):
    function(cloud)
    task = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "fn", "Payload.$": "$"}}
    execution = started(cloud, made(cloud, flow(A=task)), {"n": 1})

    found = ended(cloud, execution)["output"]
    assert (found["Payload"], found["StatusCode"], found["ExecutedVersion"]) == ({"n": 1}, 200, "$LATEST")
    assert found["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "8"
    scheduled = events(cloud, execution)[2]["details"]
    assert (scheduled["resourceType"], scheduled["resource"], scheduled["region"]) == ("lambda", "invoke", "us-east-1")
    assert json.loads(scheduled["parameters"]) == {"FunctionName": "fn", "Payload": {"n": 1}}


def test_the_error_of_a_function_is_its_type_and_the_cause_all_of_it(cloud):
    found = run(cloud, flow(A={"Type": "Task", "Resource": function(cloud, FAIL)}))

    assert (found["status"], found["error"]) == ("FAILED", "ValueError")
    assert json.loads(found["cause"])["errorMessage"] == "no"


def test_a_function_that_is_not_there_is_named_in_the_words_of_the_sdk(cloud):
    task = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "none"}}

    found = run(cloud, flow(A=task))

    assert found["error"] == "Lambda.ResourceNotFoundException"
    assert found["cause"].startswith(
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none:$LATEST (Service: "
    )
    assert (
        "(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: " in found["cause"]
    )
    assert found["cause"].endswith("; Proxy: null)")


def test_a_failed_task_is_tried_again_after_growing_pauses(cloud):
    retry = [
        {
            "ErrorEquals": ["States.TaskFailed"],
            "IntervalSeconds": 2,
            "BackoffRate": 3,
            "MaxAttempts": 3,
            "MaxDelaySeconds": 10,
        }
    ]
    task = {"Type": "Task", "Resource": function(cloud, FAIL), "Retry": retry}
    execution = started(cloud, made(cloud, flow(A=task)))

    for pause in (2, 6, 10):
        assert ended(cloud, execution)["status"] == "RUNNING"
        cloud.advance(pause)

    assert ended(cloud, execution)["status"] == "FAILED"
    assert [each["type"] for each in events(cloud, execution)].count("LambdaFunctionFailed") == 4


def test_the_first_retrier_that_names_the_error_decides(cloud):
    retry = [{"ErrorEquals": ["ValueError"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}]

    assert run(cloud, flow(A={"Type": "Task", "Resource": function(cloud, FAIL), "Retry": retry}))["status"] == "FAILED"


def test_a_caught_error_goes_where_the_catcher_says(cloud):
    task = {
        "Type": "Task", "Resource": function(cloud, FAIL), "End": True,
        "Catch": [
            {"ErrorEquals": ["Other"], "Next": "B"},
            {"ErrorEquals": ["States.ALL"], "Next": "C", "ResultPath": "$.problem"},
        ],
    }  # fmt: skip
    definition = flow(A=task, B={"Type": "Succeed"}, C={"Type": "Pass", "OutputPath": "$.problem.Error"})

    assert output(cloud, definition, {"n": 1}) == "ValueError"


def test_a_message_is_sent_and_an_object_in_it_becomes_json(cloud):
    url, _ = queue(cloud, "q")
    task = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": url, "MessageBody": {"n.$": "$.n"}}}

    found = output(cloud, flow(A=task), {"n": 1})

    [message] = received(cloud, url)
    assert message["Body"] == '{"n":1}'
    assert found["MessageId"] == message["MessageId"]
    assert found["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "106"


def test_an_optimized_integration_drops_what_it_does_not_know(cloud):
    url, _ = queue(cloud, "q")
    task = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": url, "MessageBody": "b", "Unheard": 1}}
    execution = started(cloud, made(cloud, flow(A=task)))

    assert ended(cloud, execution)["status"] == "SUCCEEDED"
    assert json.loads(events(cloud, execution)[2]["details"]["parameters"]) == {"QueueUrl": url, "MessageBody": "b"}


def test_a_queue_that_does_not_exist_fails_the_task(cloud):
    url = "https://sqs.us-east-1.amazonaws.com/000000000000/none"
    task = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": url, "MessageBody": "b"}}

    assert run(cloud, flow(A=task))["error"] == "SQS.QueueDoesNotExistException"


def test_an_item_is_put_got_changed_and_deleted(cloud):
    cloud.client("dynamodb").create_table(
        TableName="items", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    key = {"id": {"S": "1"}}

    def task(action, **parameters):
        return {
            "Type": "Task", "Resource": f"arn:aws:states:::dynamodb:{action}",
            "Parameters": {"TableName": "items", **parameters}, "ResultPath": f"$.{action}",
        }  # fmt: skip

    update = {
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "2"}},
        "ReturnValues": "ALL_NEW",
    }
    found = output(
        cloud,
        flow(
            A={**task("putItem", Item={**key, "n": {"N": "1"}}), "Next": "B"},
            B={**task("getItem", Key=key), "Next": "C"},
            C={**task("updateItem", Key=key, **update), "Next": "D"},
            D=task("deleteItem", Key=key),
        ),
    )

    assert found["getItem"]["Item"] == {"id": {"S": "1"}, "n": {"N": "1"}}
    assert found["updateItem"]["Attributes"]["n"] == {"N": "2"}
    assert "Item" not in cloud.client("dynamodb").get_item(TableName="items", Key=key)


def test_any_built_service_is_called_by_its_sdk_integration(cloud):
    cloud.client("s3").create_bucket(Bucket="bucket")
    put = {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Next": "B",
        "Parameters": {"Bucket": "bucket", "Key": "k", "Body": {"n": 1}}, "ResultPath": None,
    }  # fmt: skip
    get = {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Parameters": {"Bucket": "bucket", "Key": "k"}, "ResultSelector": {"body.$": "States.StringToJson($.Body)"},
    }  # fmt: skip

    assert output(cloud, flow(A=put, B=get)) == {"body": {"n": 1}}


@pytest.mark.parametrize(
    "resource, parameters, error, words",
    [
        ("s3:getObject", {"Bucket": "none", "Key": "k"}, "S3.NoSuchBucketException", "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: "),
        ("dynamodb:getItem", {"TableName": "none", "Key": {"a": {"S": "b"}}}, "DynamoDb.ResourceNotFoundException", "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: "),
        ("sfn:startExecution", {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none"}, "Sfn.StateMachineDoesNotExistException", "State Machine Does Not Exist: "),
    ],
)  # fmt: skip
def test_errors_of_sdk_integrations(cloud, resource, parameters, error, words):
    task = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{resource}", "Parameters": parameters}

    found = run(cloud, flow(A=task))

    assert found["error"] == error
    assert found["cause"].startswith(words)


def test_an_sdk_call_that_is_not_built_is_refused_by_name(cloud):
    definition = flow(A={"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glacier:listVaults"})

    code, words = refused(
        cloud.client("stepfunctions").create_state_machine, name="m", roleArn=ROLE, definition=json.dumps(definition)
    )

    assert code == "NotImplemented"
    assert "glacier:ListVaults" in words


def test_an_event_that_a_bus_refuses_fails_the_task(cloud):
    entries = [
        {"Detail": {"a": 1}, "DetailType": "t", "Source": "s"},
        {"Detail": "nonsense", "DetailType": "t", "Source": "s"},
    ]
    task = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": entries}}

    found = run(cloud, flow(A=task))

    assert found["error"] == "EventBridge.FailedEntry"
    assert json.loads(found["cause"])["FailedEntryCount"] == 1


def test_a_task_waits_for_the_callback_of_whoever_has_its_token(cloud):
    url, _ = queue(cloud, "q")
    execution = started(cloud, made(cloud, flow(A=asking(url))))
    good = token(cloud, url)
    cloud.advance(days=300)

    cloud.client("stepfunctions").send_task_success(taskToken=good, output='{"done": true}')

    assert ended(cloud, execution)["output"] == {"done": True}
    assert told(cloud, execution)[2:7] == [
        "3<-2 TaskScheduled",
        "4<-3 TaskStarted",
        "5<-4 TaskSubmitted",
        "6<-5 TaskSucceeded",
        "7<-6 TaskStateExited",
    ]


def test_a_callback_can_say_that_the_task_failed(cloud):
    url, _ = queue(cloud, "q")
    execution = started(cloud, made(cloud, flow(A=asking(url))))

    cloud.client("stepfunctions").send_task_failure(taskToken=token(cloud, url), error="E", cause="c")

    assert (ended(cloud, execution)["error"], ended(cloud, execution)["cause"]) == ("E", "c")


def test_a_function_may_call_back_before_it_answers(cloud):
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('stepfunctions').send_task_success(taskToken=event['token'], output='\"early\"')\n"
    )
    cloud.listen()
    function(cloud, source)
    task = {
        "Type": "Task", "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {"FunctionName": "fn", "Payload": {"token.$": "$$.Task.Token"}},
    }  # fmt: skip

    assert output(cloud, flow(A=task)) == "early"


def test_a_token_is_good_once_and_nonsense_is_none(cloud):
    client = cloud.client("stepfunctions")
    url, _ = queue(cloud, "q")
    started(cloud, made(cloud, flow(A=asking(url))))
    good = token(cloud, url)
    client.send_task_success(taskToken=good, output="1")

    assert refused(client.send_task_success, taskToken=good, output="1")[0] == "TaskTimedOut"
    assert refused(client.send_task_heartbeat, taskToken="nonsense") == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )
    assert refused(client.send_task_success, taskToken=good, output="{")[0] == "InvalidOutput"


def test_a_task_without_an_answer_times_out(cloud):
    url, _ = queue(cloud, "q")
    execution = started(cloud, made(cloud, flow(A=asking(url, TimeoutSeconds=5))))

    cloud.advance(5)

    assert ended(cloud, execution)["error"] == "States.Timeout"
    assert told(cloud, execution)[-2:] == ["6<-5 TaskTimedOut", "7<-6 ExecutionFailed"]


def test_two_tasks_of_the_same_moment_have_each_their_own_patience(cloud):
    url, _ = queue(cloud, "q")
    execution = started(
        cloud, made(cloud, flow(A=asking(url, TimeoutSeconds=5, Next="B"), B=asking(url, TimeoutSeconds=5)))
    )
    cloud.client("stepfunctions").send_task_success(taskToken=token(cloud, url), output="1")

    cloud.advance(5)

    assert ended(cloud, execution)["error"] == "States.Timeout"


def test_heartbeats_keep_a_task_alive(cloud):
    client = cloud.client("stepfunctions")
    url, _ = queue(cloud, "q")
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}]
    definition = flow(A=asking(url, HeartbeatSecondsPath="$.beat", Catch=catch, End=True), B={"Type": "Pass"})
    execution = started(cloud, made(cloud, definition), {"beat": 10})
    good = token(cloud, url)
    for _ in range(3):
        cloud.advance(9)
        client.send_task_heartbeat(taskToken=good)
    assert ended(cloud, execution)["status"] == "RUNNING"

    cloud.advance(10)

    assert ended(cloud, execution)["output"] == {"Error": "States.Timeout", "Cause": ""}


def test_a_worker_fetches_the_task_of_an_activity(cloud):
    client = cloud.client("stepfunctions")
    activity = client.create_activity(name="work")["activityArn"]
    execution = started(cloud, made(cloud, flow(A={"Type": "Task", "Resource": activity})), {"n": 1})

    task = client.get_activity_task(activityArn=activity, workerName="w")
    assert json.loads(task["input"]) == {"n": 1}
    client.send_task_success(taskToken=task["taskToken"], output='{"m": 2}')

    assert ended(cloud, execution)["output"] == {"m": 2}
    assert told(cloud, execution)[2:6] == [
        "3<-2 ActivityScheduled",
        "4<-3 ActivityStarted",
        "5<-4 ActivitySucceeded",
        "6<-5 TaskStateExited",
    ]
    assert events(cloud, execution)[3]["details"] == {"workerName": "w"}


@pytest.mark.windtunnel(time="auto")
def test_a_worker_waits_a_minute_for_a_task(cloud):
    client = cloud.client("stepfunctions")
    activity = client.create_activity(name="work")["activityArn"]

    assert "taskToken" not in client.get_activity_task(activityArn=activity)


def test_activities_are_made_shown_listed_and_deleted(cloud):
    client = cloud.client("stepfunctions")
    arn = client.create_activity(name="b")["activityArn"]
    client.create_activity(name="a")

    assert client.describe_activity(activityArn=arn)["name"] == "b"
    assert [each["name"] for each in client.list_activities()["activities"]] == ["a", "b"]
    client.delete_activity(activityArn=arn)
    assert refused(client.describe_activity, activityArn=arn) == (
        "ActivityDoesNotExist",
        f"Activity Does Not Exist: '{arn}'",
    )


def test_a_task_of_an_activity_that_is_gone_fails(cloud):
    client = cloud.client("stepfunctions")
    activity = client.create_activity(name="work")["activityArn"]
    arn = made(cloud, flow(A={"Type": "Task", "Resource": activity}))
    client.delete_activity(activityArn=activity)

    assert ended(cloud, started(cloud, arn))["cause"] == (
        f"An error occurred while executing the state 'A' (entered at the event id #2). The activity {activity} does not exist."
    )


@pytest.mark.parametrize("pattern, output", [(".sync", '{"x":1}'), (".sync:2", {"x": 1})])
def test_a_nested_execution_is_waited_for(cloud, pattern, output):
    inner = made(
        cloud, flow(A={"Type": "Wait", "Seconds": 30, "Next": "B"}, B={"Type": "Pass", "Result": {"x": 1}}), name="in"
    )
    task = {
        "Type": "Task", "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Parameters": {"StateMachineArn": inner, "Input": {"n": 1}, "Name": "child"},
    }  # fmt: skip
    execution = started(cloud, made(cloud, flow(A=task)))
    assert ended(cloud, execution)["status"] == "RUNNING"

    cloud.advance(30)

    found = ended(cloud, execution)["output"]
    assert (found["Status"], found["Name"], found["Output"]) == ("SUCCEEDED", "child", output)
    assert found["RedriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"


def test_a_nested_execution_that_fails_fails_the_task(cloud):
    inner = made(cloud, flow(A={"Type": "Fail", "Error": "E"}), name="in")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": inner},
    }

    found = run(cloud, flow(A=task))

    assert found["error"] == "States.TaskFailed"
    assert json.loads(found["cause"])["Error"] == "E"


def test_a_nested_execution_that_is_not_waited_for(cloud):
    inner = made(cloud, flow(A={"Type": "Wait", "Seconds": 30}), name="in")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": inner},
    }

    found = output(cloud, flow(A=task))

    assert ended(cloud, found["ExecutionArn"])["status"] == "RUNNING"


def test_faults_strike_the_calls_of_tasks(cloud):
    url, _ = queue(cloud, "q")
    retry = [{"ErrorEquals": ["SQS.AmazonSQSException"], "IntervalSeconds": 1}]
    task = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": url, "MessageBody": "b"}, "Retry": retry}
    arn = made(cloud, flow(A=task))

    with cloud.fault("refuse", service="sqs", operation="SendMessage", count=1):
        execution = started(cloud, arn)
        cloud.advance(1)

    assert ended(cloud, execution)["status"] == "SUCCEEDED"
    assert len(received(cloud, url)) == 1


def test_calls_are_made_in_the_name_of_the_role(cloud):
    function(cloud)
    task = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "fn"}}

    run(cloud, flow(A=task))

    [call] = cloud.records("ApiCalled", service="lambda", operation="Invoke")
    assert call.principal == "arn:aws:sts::000000000000:assumed-role/machine/m"


def test_a_chain_of_many_tasks_settles_at_one_moment(cloud):
    url, _ = queue(cloud, "q")
    names = [f"S{place}" for place in range(40)]
    task = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": url, "MessageBody": "b"}}
    states = {name: {**task, "Next": following} for name, following in zip(names, names[1:] + ["Z"], strict=True)}

    assert run(cloud, flow(first="S0", **states, Z={"Type": "Succeed"}))["status"] == "SUCCEEDED"


def api(cloud, source):
    """An HTTP API with a function behind `POST /order`; its id."""
    client = cloud.client("apigatewayv2")
    id = client.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    integration = client.create_integration(
        ApiId=id, IntegrationType="AWS_PROXY", IntegrationUri=function(cloud, source), PayloadFormatVersion="2.0"
    )["IntegrationId"]
    client.create_route(ApiId=id, RouteKey="POST /order", Target=f"integrations/{integration}")
    client.create_stage(ApiId=id, StageName="$default", AutoDeploy=True)
    return id


def asking_api(id, **more):
    endpoint = {"ApiEndpoint": f"{id}.execute-api.us-east-1.amazonaws.com", "Method": "POST", "Path": "/order", **more}
    return flow(A={"Type": "Task", "Resource": "arn:aws:states:::apigateway:invoke", "Parameters": endpoint})


def test_an_api_is_invoked(cloud):
    id = api(
        cloud,
        "def handler(event, context):\n    return {'statusCode': 200, 'body': event['body'], 'headers': {'a': event['headers']['x-a']}}\n",
    )

    found = output(cloud, asking_api(id, Headers={"X-A": ["1"]}, **{"RequestBody.$": "$"}), {"n": 1})

    assert (found["StatusCode"], found["StatusText"], found["ResponseBody"]) == (200, "OK", {"n": 1})
    assert found["Headers"]["a"] == ["1"]


def test_an_error_of_an_api_is_named_by_its_status(cloud):
    id = api(cloud, "def handler(event, context):\n    return {'statusCode': 418, 'body': 'tea'}\n")

    found = run(cloud, asking_api(id))

    assert (found["error"], found["cause"]) == ("ApiGateway.418", "tea")


@pytest.mark.parametrize(
    "definition, words",
    [
        (asking_api("a", Headers={"X-A": "1"}), "The value of the field 'Headers' has an invalid format"),
        (
            flow(A={"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage", "Parameters": {"Nope": 1}}),
            'The field "Nope" is not supported by Step Functions',
        ),
    ],
)
def test_parameters_that_no_call_can_be_made_of_fail_before_anything_is_scheduled(cloud, definition, words):
    execution = started(cloud, made(cloud, definition))

    found = ended(cloud, execution)
    assert found["error"] == "States.Runtime"
    assert found["cause"].endswith(f"could not be used to start the Task: [{words}]")
    assert told(cloud, execution)[-1] == "3<-2 ExecutionFailed"


def nested_wait(cloud, **more):
    """A machine whose task waits for another that waits for an hour; the ARN of that other."""
    inner = made(cloud, flow(A={"Type": "Wait", "Seconds": 3600}), name="in")
    resource = "arn:aws:states:::states:startExecution.sync:2"
    return inner, {"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": inner}, **more}


def test_a_nested_execution_is_stopped_with_the_one_that_waits_for_it(cloud):
    client = cloud.client("stepfunctions")
    inner, task = nested_wait(cloud)
    execution = started(cloud, made(cloud, flow(A=task)))

    client.stop_execution(executionArn=execution)
    cloud.settle()

    assert [each["status"] for each in client.list_executions(stateMachineArn=inner)["executions"]] == ["ABORTED"]


def test_a_nested_execution_is_stopped_when_the_task_has_waited_long_enough(cloud):
    inner, task = nested_wait(
        cloud, TimeoutSeconds=10, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "B"}], End=True
    )
    execution = started(cloud, made(cloud, flow(A=task, B={"Type": "Pass"})))

    cloud.advance(10)

    assert ended(cloud, execution)["status"] == "SUCCEEDED"
    found = cloud.client("stepfunctions").list_executions(stateMachineArn=inner)["executions"]
    assert [each["status"] for each in found] == ["ABORTED"]
