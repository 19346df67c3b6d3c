# frozen_string_literal: true

module Community
  # The price of a suspension: follows between local people and those of the domain or a subdomain of it.
  module Severed
    module_function

    def follows_lost(domains)
      lost = domains.to_h { |domain| [domain, 0] }
      return lost if lost.empty?

      %i(account target_account).each do |side|
        Follow.joins(side).where.not(accounts: { domain: nil }).group('accounts.domain').count.each do |domain, follows|
          parents(domain).each { |parent| lost[parent] += follows if lost.key?(parent) }
        end
      end
      lost
    end

    def parents(domain)
      labels = domain.split('.')
      labels.each_index.map { |index| labels.drop(index).join('.') }
    end
  end
end
