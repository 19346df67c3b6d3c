# frozen_string_literal: true

MINIMUM_POSTGRESQL = 14
# The oldest version from which an upgrade without downtime is safe is 4.3; this is its first migration here.
OLDEST_SAFE_SCHEMA = 2024_10_08_000000

namespace :db do
  task pre_migration_check: :environment do
    version = ActiveRecord::Base.connection.database_version / 10_000
    if version < MINIMUM_POSTGRESQL
      abort "This version of Mastodon (stand-in) requires PostgreSQL #{MINIMUM_POSTGRESQL}.0 or newer, not #{version}. Please update PostgreSQL first"
    end

    schema = ActiveRecord::Base.connection_pool.migration_context.current_version
    if ENV['SKIP_POST_DEPLOYMENT_MIGRATIONS'].present? && schema < OLDEST_SAFE_SCHEMA
      abort 'Zero-downtime migrations from Mastodon versions before 4.3 (or of an empty database) are not supported'
    end
  end

  Rake::Task['db:migrate'].enhance(['db:pre_migration_check'])
end

# Loading the schema drops tables, so in production it takes a promise. db:setup and db:prepare of an empty
# database load the schema too, past any task that one could enhance.
module SchemaLoadNeedsPromise
  def load_schema(...)
    abort 'Loading the schema in production drops tables: set SAFETY_ASSURED=1 if the database is empty' if ENV['SAFETY_ASSURED'].blank?

    super
  end
end
ActiveRecord::Tasks::DatabaseTasks.singleton_class.prepend(SchemaLoadNeedsPromise)
