# frozen_string_literal: true

require_relative 'list_kind'
%w(
  announcements built_in_roles custom_emojis follow_suppressions hashtags invites link_publishers relays username_blocks warning_presets
  webhooks
).each { |part| require_relative "kinds/#{part}" }

module Community
  # Every kind that is a list in a file of its own, in the order in which they are applied.
  LISTS = [
    BuiltInRoles, UsernameBlocks, Invites, WarningPresets, Webhooks, Relays, CustomEmojis, Hashtags, LinkPublishers, FollowSuppressions,
    Announcements
  ].freeze
end
