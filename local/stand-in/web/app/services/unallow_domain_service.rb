# frozen_string_literal: true

# With limited federation the domain's accounts are suspended.
class UnallowDomainService
  def call(domain_allow)
    Account.where(domain: domain_allow.domain).touch_all(:suspended_at) if ENV['LIMITED_FEDERATION_MODE'] == 'true'
    domain_allow.destroy
  end
end
