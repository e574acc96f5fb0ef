"""Event source mappings from streams in templates."""

from tests.services.kinesis.streams import put
from tests.services.lambda_.functions import create
from tests.services.lambda_streams.mapped import events, seen
from tests.services.sns.test_resources import outputs

TEMPLATE = """
Resources:
  Stream: {{Type: AWS::Kinesis::Stream, Properties: {{Name: orders}}}}
  Dead: {{Type: AWS::SQS::Queue}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: fn
      EventSourceArn: !GetAtt Stream.Arn
      StartingPosition: TRIM_HORIZON
      BatchSize: '10'
      {more}
Outputs:
  Mapping: {{Value: !Ref Mapping}}
"""
FULL = """BisectBatchOnFunctionError: 'true'
      MaximumRetryAttempts: '3'
      MaximumRecordAgeInSeconds: 120
      ParallelizationFactor: 2
      TumblingWindowInSeconds: 0
      FunctionResponseTypes: [ReportBatchItemFailures]
      DestinationConfig: {OnFailure: {Destination: !GetAtt Dead.Arn}}"""


def test_a_stack_brings_a_mapping_and_takes_back_what_its_template_says_no_more(cloud):
    create(cloud, "def handler(event, context): pass")
    formation, aws = cloud.client("cloudformation"), cloud.client("lambda")
    formation.create_stack(StackName="shop", TemplateBody=TEMPLATE.format(more=FULL))
    uuid = outputs(cloud)["Mapping"]

    made = aws.get_event_source_mapping(UUID=uuid)
    formation.update_stack(StackName="shop", TemplateBody=TEMPLATE.format(more="Enabled: true"))
    changed = aws.get_event_source_mapping(UUID=uuid)

    assert (made["MaximumRetryAttempts"], made["BisectBatchOnFunctionError"], made["ParallelizationFactor"]) == (
        3,
        True,
        2,
    )
    assert made["DestinationConfig"]["OnFailure"]["Destination"].startswith("arn:aws:sqs:")
    assert (changed["MaximumRetryAttempts"], changed["BisectBatchOnFunctionError"]) == (-1, False)
    assert (changed["DestinationConfig"], changed["FunctionResponseTypes"]) == ({"OnFailure": {}}, [])
    assert changed["BatchSize"] == 10


def test_an_application_of_sam_reads_a_stream(cloud, tmp_path):
    (tmp_path / "app.py").write_text(
        "import json\ndef handler(event, context):\n    print('SAW ' + json.dumps(event))\n"
    )
    (tmp_path / "template.yaml").write_text("""
Transform: AWS::Serverless-2016-10-31
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {Name: orders, ShardCount: 1}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fn
      Runtime: python3.11
      Handler: app.handler
      CodeUri: .
      Events:
        Records:
          Type: Kinesis
          Properties: {Stream: !GetAtt Stream.Arn, StartingPosition: TRIM_HORIZON, BatchSize: 5}
""")
    cloud.deploy(tmp_path)

    put(cloud.client("kinesis"), "a")

    assert seen(cloud) == [["a"]]


def test_an_application_of_sam_reads_the_changes_of_a_table(cloud, tmp_path):
    (tmp_path / "app.py").write_text(
        "import json\ndef handler(event, context):\n    print('SAW ' + json.dumps(event))\n"
    )
    (tmp_path / "template.yaml").write_text("""
Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fn
      Runtime: python3.11
      Handler: app.handler
      CodeUri: .
      Events:
        Changes:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON}
""")
    cloud.deploy(tmp_path)

    cloud.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "a"}})

    [event] = events(cloud)
    assert event["Records"][0]["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
