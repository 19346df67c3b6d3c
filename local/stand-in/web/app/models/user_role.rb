# frozen_string_literal: true

class UserRole < ApplicationRecord
  EVERYONE_ROLE_ID = -99

  # In the order of Mastodon's bit flags.
  FLAGS = %i(
    administrator view_devops view_audit_log view_dashboard manage_reports manage_federation manage_settings manage_blocks
    manage_taxonomies manage_appeals manage_users manage_invites manage_rules manage_announcements manage_custom_emojis
    manage_webhooks invite_users manage_roles manage_user_access delete_user_data view_feeds invite_bypass_approval
    manage_email_subscriptions
  ).each_with_index.to_h { |name, bit| [name, 1 << bit] }.freeze

  SAFE = FLAGS.values_at(:invite_users, :invite_bypass_approval).sum

  has_many :users, foreign_key: :role_id, inverse_of: :role, dependent: :nullify

  validates :name, presence: true, unless: :everyone?
  validates :color, format: { with: /\A#?(?:[A-F0-9]{3}){1,2}\z/i }, allow_blank: true

  validate { errors.add(:permissions_as_keys, :dangerous) if everyone? && (permissions | SAFE) != SAFE }

  def self.everyone
    create_with(permissions: FLAGS[:invite_users]).find_or_create_by!(id: EVERYONE_ROLE_ID)
  end

  def everyone? = id == EVERYONE_ROLE_ID

  def can?(privilege) = (self.class.everyone.permissions | permissions).anybits?(FLAGS[:administrator] | FLAGS.fetch(privilege))

  def to_log_human_identifier = name

  def permissions_as_keys
    FLAGS.filter_map { |name, bit| name.to_s if permissions.anybits?(bit) }
  end

  def permissions_as_keys=(names)
    unknown = names.map(&:to_sym) - FLAGS.keys
    raise ArgumentError, "unknown permissions: #{unknown.join(', ')}" if unknown.any?

    self.permissions = names.sum { |name| FLAGS.fetch(name.to_sym) }
  end
end
