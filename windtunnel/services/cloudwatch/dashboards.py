"""Dashboards: kept and shown; nobody draws them."""

from __future__ import annotations

import json
from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.kernel.tables import Table
from windtunnel.services.cloudwatch.records import Dashboard


class Dashboards(Operations, api="cloudwatch"):
    dashboards = Table(Dashboard, key="name")

    def put_dashboard(self, ctx, DashboardName, DashboardBody):
        try:
            body = json.loads(DashboardBody)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ApiError("InvalidParameterInput", "The field DashboardBody must be a valid JSON object")
        self.dashboards.put(Dashboard(DashboardName, DashboardBody, self.clock.now()))
        return {"DashboardValidationMessages": []}

    def get_dashboard(self, ctx, DashboardName):
        found = self.dashboards.get(DashboardName)
        if found is None:
            raise _missing(DashboardName)
        return {"DashboardArn": self._arn(found), "DashboardBody": found.body, "DashboardName": found.name}

    def list_dashboards(self, ctx, DashboardNamePrefix="", NextToken=None):
        found = sorted(self.dashboards.all(), key=lambda each: each.name)
        return {"DashboardEntries": [self._shown(d) for d in found if d.name.startswith(DashboardNamePrefix or "")]}

    def delete_dashboards(self, ctx, DashboardNames):
        for name in DashboardNames:
            if self.dashboards.get(name) is None:
                raise _missing(name)
        for name in DashboardNames:
            self.dashboards.delete(name)

    def _shown(self, dashboard: Dashboard) -> dict[str, Any]:
        return {
            "DashboardName": dashboard.name,
            "DashboardArn": self._arn(dashboard),
            "LastModified": dashboard.updated_at,
            "Size": len(dashboard.body.encode()),
        }

    def _arn(self, dashboard: Dashboard) -> str:
        return f"arn:aws:cloudwatch::{self.home.account}:dashboard/{dashboard.name}"


def _missing(name: str) -> ApiError:
    return ApiError("ResourceNotFound", f"Dashboard {name} does not exist", status=404)
