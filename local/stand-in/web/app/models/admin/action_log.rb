# frozen_string_literal: true

module Admin
  # Who did what to what: the audit log.
  class ActionLog < ApplicationRecord
    self.table_name = 'admin_action_logs'

    belongs_to :account
    belongs_to :target, polymorphic: true, optional: true

    before_validation { self.human_identifier = target.to_log_human_identifier if target.respond_to?(:to_log_human_identifier) }
  end
end
