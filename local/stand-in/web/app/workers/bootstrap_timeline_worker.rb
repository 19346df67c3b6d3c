# frozen_string_literal: true

# Upstream lets a new person follow the accounts of a setting, which the stand-in does not.
class BootstrapTimelineWorker
  include Sidekiq::Job

  def perform(account_id) = Account.find(account_id)
end
