# frozen_string_literal: true

# Lifts what a block did to accounts, as far as it can be lifted, and removes the block.
class UnblockDomainService
  def call(domain_block)
    accounts = Account.by_domain_and_subdomains(domain_block.domain)
    accounts.where(silenced_at: domain_block.created_at).update_all(silenced_at: nil) unless domain_block.noop?
    accounts.where(suspended_at: domain_block.created_at).update_all(suspended_at: nil, suspension_origin: nil) if domain_block.suspend?
    domain_block.destroy
  end
end
