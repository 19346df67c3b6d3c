# frozen_string_literal: true

module Community
  # What the code made last, and the jobs that Sidekiq gets. It is beside Mastodon's tables, so
  # that it is saved and restored with what it describes; in a schema of its own, so that Mastodon never meets it.
  class Ledger
    TABLES = <<~SQL
      CREATE SCHEMA IF NOT EXISTS operations;
      CREATE TABLE IF NOT EXISTS operations.community (
        kind text, key text, value jsonb NOT NULL, record text, PRIMARY KEY (kind, key)
      );
      CREATE TABLE IF NOT EXISTS operations.community_jobs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job text NOT NULL, arguments jsonb NOT NULL
      );
      ALTER TABLE operations.community_jobs ADD COLUMN IF NOT EXISTS handed_over timestamptz;
    SQL

    # `record` is Mastodon's id, where the key isn't enough to find it.
    class Entry < ApplicationRecord
      self.table_name = 'operations.community'
      self.primary_key = %i(kind key)
    end

    class Job < ApplicationRecord
      self.table_name = 'operations.community_jobs'
    end

    # Mastodon welcomes a new person by jobs of its own, which would not find them before the commit.
    WELCOME = lambda do |user|
      user.confirmed_at = nil
      user.mark_email_as_confirmed!
      user.send_reset_password_instructions
    end

    # Sidekiq keeps its jobs in Redis, whose snapshots may be minutes older than the database that another machine restores. So jobs
    # stay here after the handover, and `restore-redis` marks those that its snapshot may lack. A day covers failed snapshots, too.
    KEPT = 1.day

    # Each may run twice: a run can be cut short after it handed them over, and a restored Redis may have them after all. Blocks and
    # announcements stand that; an invitation is only for those who have not been here yet.
    JOBS = {
      'block' => ->(arguments) { DomainBlockWorker.perform_bulk(arguments) },
      'announce' => ->(arguments) { arguments.each { |id| Admin::DistributeTermsOfServiceNotificationWorker.perform_async(*id) } },
      'publish' => ->(arguments) { Announcement.published.where(id: arguments.flatten).ids.each { |id| PublishScheduledAnnouncementWorker.perform_async(id) } },
      'unpublish' => ->(arguments) { arguments.each { |id| UnpublishAnnouncementWorker.perform_async(*id) } },
      'relay' => ->(arguments) { Relay.where(id: arguments.flatten, state: %i(idle pending)).find_each(&:enable!) },
      'invite' => ->(arguments) { User.where(id: arguments.flatten, current_sign_in_at: nil).find_each(&WELCOME) },
    }.freeze

    def self.open
      connection = ApplicationRecord.connection
      connection.execute("SET client_min_messages TO warning; #{TABLES}")
      new
    end

    def initialize
      @written, @forgotten, @jobs = [], [], []
      @entries = Entry.all.group_by(&:kind).transform_values { |entries| entries.index_by(&:key) }
    end

    def keys = @entries.transform_values(&:keys)

    def values(kind) = @entries.fetch(kind, {}).transform_values(&:value)

    def record(kind, key) = @entries.dig(kind, key)&.record

    def managed?(kind, key) = @entries.fetch(kind, {}).key?(key)

    def write(kind, key, value, record) = @written << { kind:, key:, value:, record: record&.to_s }

    def forget(kind, key) = @forgotten << [kind, key]

    def add_job(job, *arguments) = @jobs << { job:, arguments: }

    # In the transaction of what they are about: neither is there without the other.
    def save
      Entry.upsert_all(@written) if @written.any?
      Job.insert_all!(@jobs) if @jobs.any?
      @forgotten.each { |kind, key| Entry.where(kind:, key:).delete_all }
      [@written, @forgotten, @jobs].each(&:clear)
    end

    def hand_over_jobs
      Job.where(handed_over: ...KEPT.ago).delete_all
      Job.where(handed_over: nil).order(:id).group_by(&:job).each do |job, rows|
        JOBS.fetch(job).call(rows.map(&:arguments))
        # The time after the handover: a snapshot that began later has them all.
        Job.where(id: rows.map(&:id)).update_all(handed_over: Time.now.utc)
      end
    end
  end
end
