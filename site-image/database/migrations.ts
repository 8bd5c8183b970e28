/**
 * The site database's tables, as the steps that made them. A step that has been released is never changed: a new
 * one follows it. `PRAGMA user_version` counts the steps that a file has been through.
 */
export const migrations: readonly string[] = [
  `
  -- What the site is told once and keeps: the clock.
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  -- The last number given out, for package ids, jobs, send requests.
  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

  -- Sites known here: this one, and those below it as they told of themselves.
  CREATE TABLE site (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL CHECK (type IN ('primary', 'secondary')),
    parent TEXT, distribution_points TEXT NOT NULL
  ) STRICT;

  -- Sites this one exchanged keys with, and how to reach them.
  CREATE TABLE neighbour (
    code TEXT PRIMARY KEY, relation TEXT NOT NULL CHECK (relation IN ('parent', 'child')), public_key TEXT NOT NULL,
    share TEXT NOT NULL, addresses TEXT NOT NULL, accepts_account TEXT NOT NULL, accepts_secret_sha256 TEXT NOT NULL,
    -- Rises with each change, so that who waits by an address sees that it changed.
    revision INTEGER NOT NULL DEFAULT 1
  ) STRICT;

  CREATE TABLE package (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, language TEXT NOT NULL, manufacturer TEXT NOT NULL,
    description TEXT NOT NULL, source TEXT NOT NULL CHECK (source IN ('none', 'direct', 'compressed')),
    priority TEXT NOT NULL CHECK (priority IN ('high', 'medium', 'low')), preferred_sender TEXT NOT NULL,
    source_version INTEGER NOT NULL CHECK (source_version >= 1),
    definition_version INTEGER NOT NULL CHECK (definition_version >= 1),
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)), redistribution INTEGER NOT NULL, icon TEXT NOT NULL,
    -- The source folder, known only where the package was made.
    source_folder TEXT NOT NULL
  ) STRICT;
  CREATE TABLE program (
    package_id TEXT NOT NULL REFERENCES package (id) ON DELETE CASCADE, name TEXT NOT NULL,
    command_line TEXT NOT NULL, comment TEXT NOT NULL, PRIMARY KEY (package_id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE distribution_point (
    package_id TEXT NOT NULL REFERENCES package (id) ON DELETE CASCADE, site TEXT NOT NULL, server TEXT NOT NULL,
    PRIMARY KEY (package_id, site, server)
  ) STRICT, WITHOUT ROWID;

  -- The compressed copy in SMSPKG. No row: there is none, or it is being replaced.
  CREATE TABLE stored_content (
    package_id TEXT PRIMARY KEY REFERENCES package (id) ON DELETE CASCADE, source_version INTEGER NOT NULL,
    bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, files INTEGER NOT NULL, source_bytes INTEGER NOT NULL
  ) STRICT;

  -- What the source folder looked like when a version was first taken from it, so that the version stays one thing.
  CREATE TABLE source_snapshot (
    package_id TEXT PRIMARY KEY REFERENCES package (id) ON DELETE CASCADE, source_version INTEGER NOT NULL,
    fingerprint TEXT NOT NULL
  ) STRICT;

  CREATE TABLE package_status (
    package_id TEXT NOT NULL, site TEXT NOT NULL, server TEXT NOT NULL, state TEXT NOT NULL,
    source_version INTEGER NOT NULL, redistribution INTEGER NOT NULL, sequence INTEGER NOT NULL,
    changed_ms REAL NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (package_id, site, server)
  ) STRICT, WITHOUT ROWID;

  -- What each child site has been told and sent.
  CREATE TABLE replicated (
    package_id TEXT NOT NULL REFERENCES package (id) ON DELETE CASCADE, site TEXT NOT NULL,
    definition_version INTEGER NOT NULL, source_version INTEGER NOT NULL, PRIMARY KEY (package_id, site)
  ) STRICT, WITHOUT ROWID;

  -- Replication files that must still be written; a row goes when its file is in Replmgr.box.
  CREATE TABLE outbound_replication (id INTEGER PRIMARY KEY AUTOINCREMENT, priority TEXT NOT NULL, document TEXT NOT NULL) STRICT;

  -- Which job a replication file became and which request a job, so that doing it twice makes no second one.
  CREATE TABLE job (origin TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE send_request (job TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;

  -- Files on their way into the SMS_SITE share, and requests that have come in whole.
  CREATE TABLE upload (
    name TEXT PRIMARY KEY, site TEXT NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL, expires_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE received_request (
    request TEXT NOT NULL, site TEXT NOT NULL, received_ms REAL NOT NULL, PRIMARY KEY (request, site)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE status_message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, severity TEXT NOT NULL, component TEXT NOT NULL,
    package_id TEXT, text TEXT NOT NULL, emulated_ms REAL NOT NULL
  ) STRICT;

  -- SQL Monitor turns each row into a wake-up file. Triggers write here in the transaction that changed the package.
  CREATE TABLE wakeup (id INTEGER PRIMARY KEY AUTOINCREMENT, package_id TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX wakeup_waiting ON wakeup (id) WHERE done = 0;
  CREATE TRIGGER package_made AFTER INSERT ON package BEGIN
    INSERT INTO wakeup (package_id) VALUES (new.id);
  END;
  CREATE TRIGGER package_changed AFTER UPDATE OF definition_version ON package BEGIN
    INSERT INTO wakeup (package_id) VALUES (new.id);
  END;
  CREATE TRIGGER content_stored AFTER INSERT ON stored_content BEGIN
    INSERT INTO wakeup (package_id) VALUES (new.package_id);
  END;
  CREATE TRIGGER content_lost_at_child AFTER UPDATE OF source_version ON replicated
    WHEN new.source_version < old.source_version BEGIN
    INSERT INTO wakeup (package_id) VALUES (new.package_id);
  END;
  `,
  `
  -- What a send request is for, what is wished of it, and whether it is over.
  ALTER TABLE send_request ADD COLUMN destination TEXT NOT NULL DEFAULT '';
  ALTER TABLE send_request ADD COLUMN final_site TEXT NOT NULL DEFAULT '';
  ALTER TABLE send_request ADD COLUMN package_id TEXT;
  ALTER TABLE send_request ADD COLUMN source_version INTEGER;
  ALTER TABLE send_request ADD COLUMN wish TEXT NOT NULL DEFAULT '' CHECK (wish IN ('', 'hold', 'cancel', 'supersede'));
  ALTER TABLE send_request ADD COLUMN wish_reason TEXT NOT NULL DEFAULT '';
  ALTER TABLE send_request ADD COLUMN ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1));
  CREATE INDEX send_request_content ON send_request (package_id, final_site, source_version);
  CREATE INDEX send_request_wish ON send_request (id) WHERE wish <> '' AND ended = 0;

  -- The definition's version at which an administrator cancelled the content sent last; 0 where nobody did.
  ALTER TABLE replicated ADD COLUMN cancelled_at INTEGER NOT NULL DEFAULT 0;

  -- Sites that came or went below here or above, and when by the hierarchy's clock: older news changes nothing.
  CREATE TABLE site_change (
    code TEXT PRIMARY KEY, at_ms REAL NOT NULL, removed INTEGER NOT NULL CHECK (removed IN (0, 1))
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Status messages in sum, of this site (site is empty) and of those below it. 'told' is what the parent was told of.
  CREATE TABLE status_tally (
    site TEXT NOT NULL, component TEXT NOT NULL, severity TEXT NOT NULL, messages INTEGER NOT NULL,
    last_id INTEGER NOT NULL, last_text TEXT NOT NULL, last_ms REAL NOT NULL, told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, component, severity)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO status_tally (site, component, severity, messages, last_id, last_text, last_ms)
    SELECT '', component, severity, count(*), id, text, max(emulated_ms) FROM status_message GROUP BY component, severity;
  CREATE TRIGGER status_message_made AFTER INSERT ON status_message BEGIN
    INSERT INTO status_tally (site, component, severity, messages, last_id, last_text, last_ms)
      VALUES ('', new.component, new.severity, 1, new.id, new.text, new.emulated_ms)
      ON CONFLICT (site, component, severity) DO UPDATE SET messages = messages + 1, last_id = excluded.last_id,
        last_text = excluded.last_text, last_ms = excluded.last_ms;
    -- The newest are kept; the sums remember the others.
    DELETE FROM status_message WHERE sequence <= new.sequence - 20000;
  END;
  `,
  `
  -- The deltas in SMSPKG to the compressed copy there. No row: there is none, or it or the copy is being replaced.
  CREATE TABLE stored_delta (
    package_id TEXT NOT NULL REFERENCES stored_content (package_id) ON DELETE CASCADE, base_version INTEGER NOT NULL,
    base_sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (package_id, base_version)
  ) STRICT, WITHOUT ROWID;

  -- The newest version whose content a child has taken in; 0 where it holds none, or that is not known.
  ALTER TABLE replicated ADD COLUMN held_version INTEGER NOT NULL DEFAULT 0;
  `,
];
