# frozen_string_literal: true

class DomainBlockWorker
  include Sidekiq::Job

  def perform(domain_block_id, update = false)
    domain_block = DomainBlock.find_by(id: domain_block_id)
    BlockDomainService.new.call(domain_block, update) if domain_block
  end
end
