"""Amazon DynamoDB: tables, items, expressions, indexes, transactions, time to live, and streams of changes."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="dynamodb",
    nouns=(
        "tables.Tables",
        "table_updates.TableUpdates",
        "items.Items",
        "queries.Queries",
        "batches.Batches",
        "transactions.Transactions",
        "statement_runs.StatementRuns",
        "expiry.Expiry",
        "kinesis.Kinesis",
        "tags.Tags",
        "limits.Limits",
        "recoveries.Recoveries",
        "backups.Backups",
        "insights.Insights",
        "policies.Policies",
        "visitors.Visitors",
    ),
    types={
        "AWS::DynamoDB::GlobalTable": "global_resources.GlobalTableType",
        "AWS::DynamoDB::Table": "resources.TableType",
    },
)
