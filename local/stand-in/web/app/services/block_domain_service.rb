# frozen_string_literal: true

# Carries a block out on the accounts of the domain that are known here.
class BlockDomainService
  def call(domain_block, update = false)
    @domain_block = domain_block
    if domain_block.silence? then accounts.where(silenced_at: nil).update_all(silenced_at: domain_block.created_at)
    elsif domain_block.suspend? then suspend
    end
    DomainClearMediaWorker.perform_async(domain_block.id) if domain_block.reject_media?
    undo if update
  end

  private

  def accounts = Account.by_domain_and_subdomains(@domain_block.domain)

  # Data go for good, and so do follows.
  def suspend
    accounts.where(suspended_at: nil).update_all(suspended_at: @domain_block.created_at, suspension_origin: 0)
    suspended = accounts.where(suspended_at: @domain_block.created_at)
    Follow.where(account: suspended).or(Follow.where(target_account: suspended)).destroy_all
    Status.where(account: suspended).destroy_all
  end

  # What a changed severity no longer means.
  def undo
    accounts.where(silenced_at: @domain_block.created_at).update_all(silenced_at: nil) unless @domain_block.silence?
    return if @domain_block.suspend?

    accounts.where(suspended_at: @domain_block.created_at).update_all(suspended_at: nil, suspension_origin: nil)
  end
end
