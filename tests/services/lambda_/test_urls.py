"""Function URLs: what their configuration shows."""

from tests.services.lambda_.functions import ECHO, create


def test_a_new_url_shows_its_mode_only_to_who_chose_it(cloud):
    aws = cloud.client("lambda")
    create(cloud, ECHO, name="plain")
    create(cloud, ECHO, name="chosen")

    plain = aws.create_function_url_config(FunctionName="plain", AuthType="NONE")
    chosen = aws.create_function_url_config(FunctionName="chosen", AuthType="NONE", InvokeMode="BUFFERED")

    assert "InvokeMode" not in plain
    assert chosen["InvokeMode"] == "BUFFERED"
    assert aws.get_function_url_config(FunctionName="plain")["InvokeMode"] == "BUFFERED"


def test_a_url_outlives_its_alias(cloud):
    aws = cloud.client("lambda")
    create(cloud, ECHO, Publish=True)
    aws.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    aws.create_function_url_config(FunctionName="fn", Qualifier="live", AuthType="NONE")

    aws.delete_alias(FunctionName="fn", Name="live")

    assert aws.get_function_url_config(FunctionName="fn", Qualifier="live")["AuthType"] == "NONE"
