# frozen_string_literal: true

# Post-deployment migrations are pending like all others, unless the upgrade runs them later.
if ENV['SKIP_POST_DEPLOYMENT_MIGRATIONS'].blank?
  path = Rails.root.join('db/post_migrate').to_s
  Rails.application.config.paths['db/migrate'] << path
  ActiveRecord::Migrator.migrations_paths << path
end
