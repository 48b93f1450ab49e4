"""What the overview asks of the dataset, as SQL."""

from __future__ import annotations

#: The findings that are causes and no mere notices; made before the questions are asked.
OWN = """
CREATE TEMP VIEW own AS SELECT * FROM findings WHERE explained_by IS NULL AND severity IN ('error', 'warning')
"""

TOTALS = """
SELECT count(*) AS found, count(*) FILTER (status = 'read') AS read, count(*) FILTER (status = 'skipped') AS skipped,
       count(*) FILTER (status = 'failed') AS failed,
       count(*) FILTER (status = 'read' AND NOT complete) AS incomplete,
       count(*) FILTER (verdict = 'failure') AS with_failures, count(*) FILTER (verdict = 'healthy') AS healthy,
       count(*) FILTER (verdict = 'cannot-tell') AS undecided,
       count(*) FILTER (verdict = 'not-orthanc') AS not_orthanc,
       coalesce(sum(bytes), 0)::BIGINT AS bytes, coalesce(sum(lines), 0)::BIGINT AS lines,
       coalesce(sum(associations), 0)::BIGINT AS associations,
       coalesce(sum(failed_associations), 0)::BIGINT AS failed_associations,
       coalesce(sum(not_judged), 0)::BIGINT AS not_judged, count(*) FILTER (not_judged > 0) AS too_many,
       coalesce(sum(unknown), 0)::BIGINT AS unknown, count(DISTINCT server) FILTER (status = 'read') AS servers,
       min(first_time) FILTER (verdict <> 'not-orthanc') AS first_time,
       max(last_time) FILTER (verdict <> 'not-orthanc') AS last_time, min(file) AS first_file, max(file) AS last_file
FROM files
"""
STATUSES = (
    "SELECT status, count(*) AS files, coalesce(sum(input_size), 0)::BIGINT AS bytes FROM files GROUP BY 1 ORDER BY 1"
)

CAUSES = """
SELECT cause, min(CASE severity WHEN 'error' THEN 0 ELSE 1 END) AS rank, min(code) AS code,
       first(title ORDER BY count DESC, title) AS title, count(DISTINCT title) AS titles,
       sum(count)::BIGINT AS count, count(DISTINCT file_id) AS logs,
       count(DISTINCT server) AS servers, min(first_time) AS first_time, max(last_time) AS last_time
FROM own GROUP BY cause ORDER BY logs DESC, count DESC, cause
"""
LOGS_OF_CAUSES = """
SELECT * FROM (
    SELECT cause, file, file_id, server, sum(count)::BIGINT AS count, min(first_time) AS first_time, min(line) AS line,
           row_number() OVER (PARTITION BY cause ORDER BY sum(count) DESC, file) AS place
    FROM own GROUP BY cause, file, file_id, server
) WHERE place <= ? ORDER BY cause, place
"""
DAYS_OF_CAUSES = """
SELECT cause, days, count(*) AS findings FROM own WHERE days IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
BY_SERVER = """
SELECT server, cause, sum(count)::BIGINT AS count, count(DISTINCT file_id) AS logs, max(last_time) AS last_time
FROM own GROUP BY server, cause ORDER BY count DESC, server, cause LIMIT ?
"""
BY_PAIR = """
SELECT calling_aet, called_aet, cause, sum(count)::BIGINT AS count, count(DISTINCT file_id) AS logs,
       max(last_time) AS last_time
FROM own WHERE (calling_aet IS NOT NULL OR called_aet IS NOT NULL)
GROUP BY ALL ORDER BY count DESC, calling_aet, called_aet, cause LIMIT ?
"""
VERSIONS = """
SELECT coalesce(orthanc_version, 'not shown') AS version, count(*) AS logs, count(DISTINCT server) AS servers,
       min(first_time) AS first_time, max(last_time) AS last_time
FROM files WHERE status = 'read' AND product = 'orthanc' GROUP BY 1 ORDER BY logs DESC, version
"""
LEVELS = """
SELECT level, count(*) AS logs, count(DISTINCT server) AS servers, sum(bytes)::BIGINT AS bytes
FROM files WHERE status = 'read' AND product = 'orthanc' GROUP BY 1 ORDER BY logs DESC, level
"""
UNKNOWN = """
SELECT template, level, source, sum(count)::BIGINT AS count, count(DISTINCT file_id) AS logs,
       string_agg(DISTINCT orthanc_version, ', ' ORDER BY orthanc_version) AS versions, min(example) AS example,
       min(file) AS file, first(file_id ORDER BY file, line) AS file_id, first(line ORDER BY file, line) AS line
FROM unknown GROUP BY template, level, source ORDER BY count DESC, template LIMIT ?
"""
SERVERS = """
SELECT server, count(*) AS logs, count(*) FILTER (verdict = 'failure') AS with_failures,
       sum(associations)::BIGINT AS associations, sum(failed_associations)::BIGINT AS failed_associations,
       string_agg(DISTINCT orthanc_version, ', ' ORDER BY orthanc_version) AS versions,
       min(first_time) AS first_time, max(last_time) AS last_time
FROM files WHERE status = 'read' AND product = 'orthanc'
GROUP BY server ORDER BY failed_associations DESC, with_failures DESC, server LIMIT ?
"""
FAILED = "SELECT file, reason FROM files WHERE status = 'failed' ORDER BY file LIMIT ?"
INCOMPLETE = "SELECT file, file_id, reason FROM files WHERE status = 'read' AND NOT complete ORDER BY file LIMIT ?"
SKIPPED = """
SELECT reason, count(*) AS files, min(file) AS example FROM files WHERE status = 'skipped'
GROUP BY reason ORDER BY files DESC, reason LIMIT ?
"""
