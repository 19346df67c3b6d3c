# frozen_string_literal: true

class DomainBlock < ApplicationRecord
  include DomainNormalizable
  include DomainMaterializable

  enum :severity, { silence: 0, suspend: 1, noop: 2 }, validate: true

  scope :with_user_facing_limitations, -> { where(severity: %i(silence suspend)) }

  # The block that covers a domain: its own or a parent's.
  def self.rule_for(domain)
    labels = DomainNormalizable.normalize(domain).split('.')
    where(domain: labels.each_index.map { |index| labels.drop(index).join('.') }).order(Arel.sql('char_length(domain) DESC')).first
  end

  def stricter_than?(other)
    return true if suspend?
    return false if other.suspend? || (other.silence? && noop?)

    (reject_media || !other.reject_media) && (reject_reports || !other.reject_reports)
  end

  def public_domain
    return domain unless obfuscate?

    visible = domain.size / 4
    domain.chars.map.with_index { |char, index| index > visible && index < domain.size - visible && char != '.' ? '*' : char }.join
  end

  def domain_digest = Digest::SHA256.hexdigest(domain)
end
