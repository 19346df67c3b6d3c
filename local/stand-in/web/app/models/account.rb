# frozen_string_literal: true

class Account < ApplicationRecord
  include Signing

  INSTANCE_ACTOR_ID = -99

  has_one :user, dependent: :destroy
  has_many :statuses, dependent: :destroy
  has_many :keypairs, dependent: :delete_all
  has_many :media_attachments, dependent: :destroy

  validates :username, format: { with: /\A[a-z0-9_]+([a-z0-9_.-]+[a-z0-9_]+)?\z/i }
  validates :username, length: { maximum: 30 }, uniqueness: { scope: :domain, case_sensitive: false }
  validate :username_is_not_reserved, if: -> { local? && !instance_actor? && will_save_change_to_username? }

  scope :local, -> { where(domain: nil) }
  scope :by_domain_and_subdomains, ->(domain) { where(domain:).or(where('accounts.domain LIKE ?', "%.#{sanitize_sql_like(domain)}")) }

  def self.representative = find(INSTANCE_ACTOR_ID)

  def self.find_local(username)
    local.where.not(id: INSTANCE_ACTOR_ID).find_by('lower(username) = ?', username.to_s.downcase)
  end

  def self.find_remote(username, domain)
    domain.nil? ? find_local(username) : find_by('lower(username) = ? AND lower(domain) = ?', username.downcase, domain.downcase)
  end

  def acct = local? ? username : "#{username}@#{domain}"

  def local? = domain.nil?

  def instance_actor? = id == INSTANCE_ACTOR_ID

  def name = display_name.presence || username

  def local_acct = "#{username}@#{Rails.configuration.x.local_domain}"

  private

  def username_is_not_reserved
    errors.add(:username, 'is reserved') if UsernameBlock.matches?(username.to_s)
  end
end
