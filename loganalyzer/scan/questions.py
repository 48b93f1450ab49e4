"""Ready-made questions to a dataset, as SQL."""

from __future__ import annotations

#: Name → what it answers, and how.
QUESTIONS: dict[str, tuple[str, str]] = {
    "causes": (
        "What is wrong, the most frequent first",
        """
        SELECT cause, arg_min(severity, CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END) AS severity,
               sum(count)::BIGINT AS count, count(DISTINCT file_id) AS logs, count(DISTINCT server) AS servers,
               min(first_time) AS first_time, max(last_time) AS last_time
        FROM findings WHERE explained_by IS NULL
        GROUP BY cause ORDER BY count DESC, cause
        """,
    ),
    "peers": (
        "Who opened or was called by associations, the one with most failures first",
        """
        SELECT CASE direction WHEN 'incoming' THEN calling_aet ELSE called_aet END AS peer_aet, direction,
               min(peer_ip) AS peer_ip, count(*) AS associations,
               count(*) FILTER (outcome NOT IN ('released', 'open', 'unknown') OR failed_operations > 0) AS failed,
               sum(operations)::BIGINT AS operations, sum(failed_operations)::BIGINT AS failed_operations,
               min(start) AS first_time, max("end") AS last_time
        FROM associations GROUP BY ALL ORDER BY failed DESC, associations DESC, peer_aet, direction
        """,
    ),
    "errors": (
        "Warnings and errors that no pattern knows, the most frequent first",
        """
        SELECT template, level, source, sum(count)::BIGINT AS count, count(DISTINCT file_id) AS logs,
               string_agg(DISTINCT orthanc_version, ', ' ORDER BY orthanc_version) AS versions, min(example) AS example
        FROM unknown GROUP BY template, level, source ORDER BY count DESC, template
        """,
    ),
    "slow": (
        "Who is slow: milliseconds of set-up and of one C-STORE, median and 95th percentile, and instances per second",
        """
        WITH setup AS (
            SELECT CASE direction WHEN 'incoming' THEN calling_aet ELSE called_aet END AS peer_aet, direction,
                   count(setup_seconds) AS associations, quantile_cont(setup_seconds, 0.5) AS setup_p50,
                   quantile_cont(setup_seconds, 0.95) AS setup_p95
            FROM associations GROUP BY ALL
        ), stores AS (
            SELECT o.peer_aet, a.direction, sum(o.count)::BIGINT AS stored,
                   quantile_cont(o.seconds / o.count, 0.5) AS store_p50,
                   quantile_cont(o.seconds / o.count, 0.95) AS store_p95,
                   sum(o.count) FILTER (o.seconds > 0) / sum(o.seconds) AS per_second
            FROM operations o JOIN associations a ON a.file_id = o.file_id AND a.id = o.association
            WHERE o.command = 'C-STORE' AND o.seconds IS NOT NULL GROUP BY ALL
        )
        SELECT peer_aet, direction, associations, round(1000 * setup_p50, 1) AS setup_ms_p50,
               round(1000 * setup_p95, 1) AS setup_ms_p95, stored, round(1000 * store_p50, 1) AS store_ms_p50,
               round(1000 * store_p95, 1) AS store_ms_p95, round(per_second, 1) AS per_second
        FROM setup FULL JOIN stores USING (peer_aet, direction)
        WHERE setup_p95 IS NOT NULL OR store_p95 IS NOT NULL
        ORDER BY coalesce(store_p95, 0) DESC, coalesce(setup_p95, 0) DESC, peer_aet, direction
        """,
    ),
}  # fmt: skip
