# frozen_string_literal: true

# Domains are kept in lower case and in Punycode, as they come from other servers.
module DomainNormalizable
  extend ActiveSupport::Concern

  included do
    before_validation { self.domain = DomainNormalizable.normalize(domain) }

    # Of DomainValidator.
    validates :domain, presence: true, uniqueness: true, format: { with: /\A[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\z/, message: :invalid }
  end

  def self.normalize(domain)
    Addressable::URI.new(host: domain.to_s.strip.delete('/')).normalized_host.to_s
  rescue Addressable::URI::InvalidURIError
    domain
  end

  def to_log_human_identifier = domain
end
