-- A database of Mastodon's shape, the same rows for the same number: `psql --set statuses=1000000`. About 1.9 kB for each
-- status, indexes and all that belongs to it included: so many statuses as kilobytes, less half.
-- The tables are the large ones of a real server, with the indexes that make a restore from a dump slow.

-- words N SEED: N "words" of eight letters or digits, by the seed.
CREATE FUNCTION words(n int, seed bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(substr(md5((seed * 31 + i)::text), 1, 8), ' ') FROM generate_series(1, n) AS i
$$;

CREATE TABLE accounts (
  id bigint PRIMARY KEY, username text NOT NULL, domain text, public_key text NOT NULL, display_name text NOT NULL,
  note text NOT NULL, uri text NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL
);
INSERT INTO accounts
  SELECT i, 'user' || i, CASE WHEN i % 50 > 0 THEN 'server' || i % 3000 || '.example' END, words(45, i), words(2, i),
    words(12, i), 'https://server' || i % 3000 || '.example/users/user' || i, timestamp '2024-01-01' + i * interval '1 minute',
    timestamp '2024-01-01' + i * interval '1 minute'
  FROM generate_series(1, :statuses / 20) AS i;
CREATE UNIQUE INDEX ON accounts (lower(username), coalesce(lower(domain), ''));
CREATE INDEX ON accounts (uri);
CREATE INDEX ON accounts (domain, id);
CREATE INDEX ON accounts USING gin (to_tsvector('simple', display_name || ' ' || username || ' ' || coalesce(domain, '')));

CREATE TABLE statuses (
  id bigint PRIMARY KEY, uri text, text text NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  in_reply_to_id bigint, reblog_of_id bigint, url text, visibility int NOT NULL, language text, conversation_id bigint,
  local boolean, account_id bigint NOT NULL, deleted_at timestamp
);
INSERT INTO statuses
  SELECT i * 65536, 'https://server' || i % 3000 || '.example/users/user' || i % 50000 || '/statuses/' || i,
    words(20 + (i % 40)::int, i), timestamp '2024-01-01' + i * interval '10 seconds',
    timestamp '2024-01-01' + i * interval '10 seconds', CASE WHEN i % 3 = 0 THEN (i - 1) * 65536 END,
    CASE WHEN i % 5 = 0 THEN (i - 4) * 65536 END, 'https://server' || i % 3000 || '.example/@user/' || i, i % 3, 'en', i / 2,
    i % 50 = 0, 1 + i % (:statuses / 20), NULL
  FROM generate_series(1::bigint, :statuses) AS i;
CREATE INDEX ON statuses (account_id, id DESC, visibility, updated_at) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX ON statuses (uri text_pattern_ops) WHERE uri IS NOT NULL;
CREATE INDEX ON statuses (url text_pattern_ops) WHERE url IS NOT NULL AND url <> uri;
CREATE INDEX ON statuses (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX ON statuses (reblog_of_id, account_id);
CREATE INDEX ON statuses (conversation_id);
CREATE INDEX ON statuses (id DESC, account_id) WHERE local AND visibility = 0;

CREATE TABLE media_attachments (
  id bigint PRIMARY KEY, status_id bigint, file_file_name text, remote_url text NOT NULL, blurhash text, shortcode text,
  account_id bigint, file_meta json, created_at timestamp NOT NULL, updated_at timestamp NOT NULL
);
INSERT INTO media_attachments
  SELECT i, i * 2 * 65536, md5(i::text) || '.jpeg', 'https://files.server' || i % 3000 || '.example/' || words(6, i), words(3, i),
    md5('s' || i), 1 + i % (:statuses / 20), json_build_object('original', json_build_object('width', i % 4000, 'height', 900)),
    timestamp '2024-01-01' + i * interval '20 seconds', timestamp '2024-01-01' + i * interval '20 seconds'
  FROM generate_series(1::bigint, :statuses / 2) AS i;
CREATE INDEX ON media_attachments (status_id);
CREATE UNIQUE INDEX ON media_attachments (shortcode text_pattern_ops);
CREATE INDEX ON media_attachments (account_id, status_id DESC);

CREATE TABLE mentions (id bigint PRIMARY KEY, status_id bigint, account_id bigint, silent boolean NOT NULL, created_at timestamp NOT NULL);
INSERT INTO mentions
  SELECT i, i * 65536, 1 + i % (:statuses / 20), false, timestamp '2024-01-01' + i * interval '10 seconds'
  FROM generate_series(1::bigint, :statuses) AS i;
CREATE UNIQUE INDEX ON mentions (account_id, status_id);
CREATE INDEX ON mentions (status_id);

CREATE TABLE favourites (id bigint PRIMARY KEY, account_id bigint NOT NULL, status_id bigint NOT NULL, created_at timestamp NOT NULL);
INSERT INTO favourites
  SELECT i, 1 + i % (:statuses / 20), (1 + i * 7 % :statuses) * 65536, timestamp '2024-01-01' + i * interval '5 seconds'
  FROM generate_series(1::bigint, :statuses * 2) AS i;
CREATE INDEX ON favourites (account_id, id);
CREATE INDEX ON favourites (status_id, account_id);

CREATE TABLE notifications (
  id bigint PRIMARY KEY, activity_id bigint NOT NULL, activity_type text NOT NULL, account_id bigint NOT NULL,
  from_account_id bigint NOT NULL, type text, created_at timestamp NOT NULL
);
INSERT INTO notifications
  SELECT i, i, 'Favourite', 1 + i % 1000, 1 + i % (:statuses / 20), 'favourite', timestamp '2024-01-01' + i * interval '10 seconds'
  FROM generate_series(1::bigint, :statuses) AS i;
CREATE INDEX ON notifications (account_id, id DESC, type);
CREATE INDEX ON notifications (activity_id, activity_type);
CREATE INDEX ON notifications (from_account_id);

CREATE TABLE status_stats (id bigint PRIMARY KEY, status_id bigint NOT NULL, replies_count bigint, reblogs_count bigint, favourites_count bigint);
INSERT INTO status_stats SELECT i, i * 65536, i % 7, i % 11, i % 13 FROM generate_series(1::bigint, :statuses) AS i;
CREATE UNIQUE INDEX ON status_stats (status_id);

DROP FUNCTION words;
VACUUM ANALYZE;
