# frozen_string_literal: true

# Media that the domain's accounts sent are removed from here.
class DomainClearMediaWorker
  include Sidekiq::Job

  sidekiq_options queue: 'pull'

  def perform(domain_block_id)
    domain_block = DomainBlock.find_by(id: domain_block_id)
    return if domain_block.nil?

    MediaAttachment.where(account: Account.by_domain_and_subdomains(domain_block.domain)).find_each(&:destroy!)
  end
end
