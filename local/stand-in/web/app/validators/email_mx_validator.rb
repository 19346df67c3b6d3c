# frozen_string_literal: true

require 'resolv'

# Mail must be able to reach the address: its domain, or a mail server that it names, has an address in the DNS. What
# EMAIL_DOMAIN_ALLOWLIST names is not looked at.
class EmailMxValidator < ActiveModel::Validator
  TYPES = [Resolv::DNS::Resource::IN::A, Resolv::DNS::Resource::IN::AAAA].freeze

  def validate(user)
    domain = user.email.to_s.split('@', 2).last.to_s
    return if domain.empty? || ENV.fetch('EMAIL_DOMAIN_ALLOWLIST', '').split('|').include?(domain)

    user.errors.add(:email, :unreachable, message: 'unreachable') unless reachable?(domain)
  end

  private

  def reachable?(domain)
    Resolv::DNS.open do |dns|
      dns.timeouts = 5
      servers = dns.getresources(domain, Resolv::DNS::Resource::IN::MX).map { |record| record.exchange.to_s }
      [domain, *servers].uniq.any? { |name| TYPES.any? { |type| dns.getresources(name, type).any? } }
    end
  end
end
