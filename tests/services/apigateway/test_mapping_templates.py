"""Mapping templates: what a mock answers when its response is written in the Velocity language."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.services.apigateway.building import Building
from tests.services.apigatewayv2.asking import ask

ORDER = {
    "id": 7,
    "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}],
    "who": {"na-me": "Ann", "vip": True},
    "no": None,
}
BODY = json.dumps(ORDER).encode()


def said(cloud, template, body=BODY, path="/orders/7?q=1%202", headers=()):
    api = Building(cloud)
    place = api.mock("/orders/{id}", "POST")
    api.answer(place, responseTemplates={"application/json": template})
    answer = ask(
        cloud, f"{api.deploy()}{path}", "POST", [("Content-Type", "application/json"), ("X-A", "1"), *headers], body
    )
    return answer.body.decode()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.lines[0]')", '{"sku":"a","n":1}'),
        ("$input.json('$.lines[*].sku')", '["a","b"]'),
        ("$input.json('$..n')", "[1,2]"),
        ("$input.json('$.lines[?(@.n > 1)].sku')", '["b"]'),
        ("$input.json('$.missing')", '""'),
        ("$input.path('$.who.vip')", "true"),
        ("[$input.path('$.missing')]", "[]"),
        ("$input.path('$.who')", "{na-me=Ann, vip=true}"),
        ("$input.path('$').lines", '[{"sku":"a","n":1},{"sku":"b","n":2}]'),
        ("$input.path('$').who.na-me", "Ann"),
        ("$input.params('id') $input.params('q') $input.params('x-a')", "7 1 2 1"),
        ("$input.params().path.id $input.params().get('querystring').get('q')", "7 1 2"),
        ("$context.httpMethod $context.unknown.name.", "POST ."),
    ],
)
def test_what_a_template_sees_of_the_request(cloud, template, text):
    assert said(cloud, template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#set($x = 3)\n$x${x}th", "33th"),
        ("#set($a = [1..3])#foreach($i in $a)$i#if($foreach.hasNext),#end#end", "1,2,3"),
        ("#foreach($l in $input.path('$.lines'))$foreach.index:$l.sku;#end", "0:a;1:b;"),
        ("#foreach($e in $input.path('$.who').entrySet())$e.key=$e.value #end", "na-me=Ann vip=true "),
        ("#foreach($i in [1, 2, 3])#if($i == 2)#break#end$i#end", "1"),
        ("#set($x = 5)#if($x > 5)a#elseif($x == 5 && !false)b#else c#end", "b"),
        ("#if($input.path('$.missing'))a#else#if($input.params('id') != '')b#end#end", "b"),
        ('#set($m = {"k": [1, "two"]})$m.k[1] $m.get("k").size() $m.none', "two 2 "),
        ('#set($m = {})#set($m.a = "x")$m', "{a=x}"),
        ('#set($t = "a-$input.params(\'id\')")$t.replaceAll("-(\\d)", "+$1").toUpperCase().substring(1)', "+7"),
        ("#set($n = 7 / 2 + 1 * 2 - 7 % 4)$n", "2"),
        ("#set($l = [])#if($l.add('x'))#end$l.size() #if($l.isEmpty())e#{else}f#end", "1 f"),
        ("a ## the rest of the line\nb #* all of\nthis *#c#[[ $x #if ]]#", "a b c $x #if "),
        (r"\$input $5 #m \n", r"$input $5 #m \n"),
        ('$util.escapeJavaScript("it\'s é")', "it\\'s \\u00E9"),
        (
            "$util.urlEncode('a b*/') $util.urlDecode('a%2Bb') $util.base64Decode($util.base64Encode('é'))",
            "a+b*%2F a+b é",
        ),
        ('$util.parseJson(\'{"a": {"b": 1.5}}\').a.b', "1.5"),
        ("one#stop two", "one"),
    ],
)
def test_what_a_template_says(cloud, template, text):
    assert said(cloud, template) == text


def test_a_template_changes_status_and_headers(cloud):
    api = Building(cloud)
    place = api.mock("/", "GET")
    template = '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.x-tea = "pot")short'
    api.answer(place, responseTemplates={"application/json": template})

    answer = ask(cloud, api.deploy())

    assert (answer.status, answer["x-tea"], answer.body) == (418, "pot", b"short")


@pytest.mark.parametrize(
    ("template", "code", "text"),
    [
        ("#macro(x)a#end", "NotImplemented", "#macro"),
        ("#if($x)a", "BadRequestException", "Invalid mapping template specified: #if has no #end"),
        ("#set($x 1)", "BadRequestException", "= is missing before"),
        ("a\n#end", "BadRequestException", "#end stands outside of a block"),
    ],
)
def test_a_template_that_cannot_be_run_is_refused_when_it_is_stored(cloud, template, code, text):
    api = Building(cloud)
    place = api.method("/", "GET")

    with pytest.raises(ClientError) as refusal:
        api.client.put_integration(**place, type="MOCK", requestTemplates={"application/json": template})

    error = refusal.value.response["Error"]
    assert code in error["Code"]
    assert text in error["Message"]
