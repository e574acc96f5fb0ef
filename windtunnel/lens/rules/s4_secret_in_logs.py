"""S4: a secret ends up in the log."""

from windtunnel.lens.proven import by_experiment
from windtunnel.lens.rule import Rule


class SecretInLogs(Rule):
    """
    What is logged is kept, copied and read by many. Secret-looking values of the environment and of the event are replaced by marks,
    the function runs, and the marks are looked for in every line that it wrote.
    """

    id = "S4-secret-in-logs"
    severity = "critical"
    title = "A secret is written to the log"
    fix = "Log the fields that you need instead of whole events, and mask passwords, tokens and authorisation headers."
    source = "https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/security.html"
    experiment = "marked-secret"
    bad = """
Resources:
  Login:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/login}
"""
    good = bad
    files = {
        "src/app.py": (
            "def handler(event, context):\n    print('got', event)\n    return 1\n",
            "def handler(event, context):\n    print('got', event['user'])\n    return 1\n",
        ),
        "events/login.json": ('{"user": "ada", "password": "x"}', '{"user": "ada", "password": "x"}'),
    }

    def check(self, estate):
        yield from by_experiment(estate, self.experiment, estate.functions)
