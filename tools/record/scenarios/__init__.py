"""All scenarios, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.record.scenarios import (
    access,
    alike,
    at_once,
    conversations,
    databases,
    healthy,
    http,
    incoming,
    moves,
    negotiation,
    outgoing,
    plugins,
    rejections,
    services,
    several,
    startup,
    statuses,
    storage,
    tls,
    unusual,
)

if TYPE_CHECKING:
    from tools.record.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *healthy.SCENARIOS,
    *access.SCENARIOS,
    *negotiation.SCENARIOS,
    *incoming.SCENARIOS,
    *outgoing.SCENARIOS,
    *conversations.SCENARIOS,
    *rejections.SCENARIOS,
    *statuses.SCENARIOS,
    *moves.SCENARIOS,
    *tls.SCENARIOS,
    *startup.SCENARIOS,
    *plugins.SCENARIOS,
    *databases.SCENARIOS,
    *storage.SCENARIOS,
    *http.SCENARIOS,
    *services.SCENARIOS,
    *several.SCENARIOS,
    *alike.SCENARIOS,
    *at_once.SCENARIOS,
    *unusual.SCENARIOS,
)
