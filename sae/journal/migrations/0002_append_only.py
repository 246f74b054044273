from django.db import migrations

from sae.tenancy.operations import TenantTable

PROGRESS = (
    "state, outcome, ended_at, message_identifier, detail, event_count, last_sequence, last_hash, "
    "life_cycle_count, life_cycle_frontier"
)

# Not even the owner edits an operation's identity or sends a counter back by mistake.
GUARDS = """
CREATE FUNCTION journal_operation_advances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.tenant_id, NEW.type, NEW.category, NEW.started_at, NEW.application_id,
      NEW.request_id)
     IS DISTINCT FROM
     (OLD.id, OLD.tenant_id, OLD.type, OLD.category, OLD.started_at, OLD.application_id,
      OLD.request_id)
     OR NEW.agent_id IS DISTINCT FROM OLD.agent_id
     OR NEW.parent_id IS DISTINCT FROM OLD.parent_id
     OR NEW.event_count < OLD.event_count
     OR NEW.last_sequence < OLD.last_sequence
     OR NEW.life_cycle_count < OLD.life_cycle_count
     OR OLD.state = 'COMPLETED'
  THEN
    RAISE EXCEPTION 'an operation only advances' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER advances BEFORE UPDATE ON journal_operation
  FOR EACH ROW EXECUTE FUNCTION journal_operation_advances();
CREATE TRIGGER kept BEFORE DELETE ON journal_operation
  FOR EACH ROW EXECUTE FUNCTION sae_refuse_change();
CREATE TRIGGER kept_truncate BEFORE TRUNCATE ON journal_operation
  FOR EACH STATEMENT EXECUTE FUNCTION sae_refuse_change();

CREATE FUNCTION journal_head_advances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.tenant_id <> OLD.tenant_id OR NEW.sequence <= OLD.sequence THEN
    RAISE EXCEPTION 'a journal head only advances' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER advances BEFORE UPDATE ON journal_journalhead
  FOR EACH ROW EXECUTE FUNCTION journal_head_advances();
CREATE TRIGGER kept BEFORE DELETE ON journal_journalhead
  FOR EACH ROW EXECUTE FUNCTION sae_refuse_change();
CREATE TRIGGER kept_truncate BEFORE TRUNCATE ON journal_journalhead
  FOR EACH STATEMENT EXECUTE FUNCTION sae_refuse_change();
"""

UNGUARDS = """
DROP FUNCTION journal_operation_advances() CASCADE;
DROP FUNCTION journal_head_advances() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        TenantTable("Operation", grants="SELECT, INSERT"),
        TenantTable("Event", append_only=True),
        TenantTable("JournalHead", grants="SELECT, INSERT"),
        TenantTable("LifeCycleEntry", append_only=True),
        migrations.RunSQL(
            f"GRANT UPDATE ({PROGRESS}) ON journal_operation TO sae_app, sae_platform; "
            "GRANT UPDATE (sequence, hash) ON journal_journalhead TO sae_app, sae_platform",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(GUARDS, UNGUARDS),
    ]
