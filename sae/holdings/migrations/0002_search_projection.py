"""The search projection, its partitions by tenant, and the function that makes them.

The table has no row-level security (measured reason: ``sae.holdings.projection``).
"""

from django.db import migrations

TABLE = """
CREATE TABLE holdings_search (
    tenant_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    tsv tsvector NOT NULL,
    ancestors uuid[] NOT NULL,
    agencies text[] NOT NULL,
    unit_type text NOT NULL,
    level text NOT NULL,
    start_date date,
    end_date date,
    operation_id uuid NOT NULL,
    has_object boolean NOT NULL,
    title_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, unit_id)
) PARTITION BY LIST (tenant_id);
CREATE INDEX holdings_search_words ON holdings_search USING gin (ancestors, tsv);
-- Orders of long results are walked, not sorted; together they cost 3 microseconds a row.
CREATE INDEX holdings_search_title ON holdings_search (tenant_id, title_key, unit_id);
CREATE INDEX holdings_search_oldest
    ON holdings_search (tenant_id, (COALESCE(start_date, end_date, 'infinity')), unit_id);
CREATE INDEX holdings_search_newest
    ON holdings_search (tenant_id, (COALESCE(end_date, start_date, '-infinity')), unit_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON holdings_search TO sae_app, sae_platform;
"""

# One tenant's deposits must not wait for another's new coffre: the lock taken on the parent by
# CREATE TABLE … PARTITION OF would; a table made apart and attached takes a weaker one. Two
# creations of the same partition take turns on an advisory lock.
FUNCTION = """
CREATE FUNCTION sae_create_tenant_partition(tenant uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    partition text := 'holdings_search_' || replace(tenant::text, '-', '');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(partition, 0));
    IF to_regclass('public.' || partition) IS NOT NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM public.tenancy_tenant WHERE id = tenant) THEN
        RAISE EXCEPTION 'no such tenant: %', tenant USING ERRCODE = 'foreign_key_violation';
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.holdings_search INCLUDING DEFAULTS)', partition);
    EXECUTE format(
        'ALTER TABLE public.holdings_search ATTACH PARTITION public.%I FOR VALUES IN (%L)',
        partition, tenant
    );
END $$;
REVOKE ALL ON FUNCTION sae_create_tenant_partition(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sae_create_tenant_partition(uuid) TO sae_app, sae_platform;
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0001_initial")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE holdings_search"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION sae_create_tenant_partition(uuid)"),
    ]
