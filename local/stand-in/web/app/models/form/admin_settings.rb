# frozen_string_literal: true

module Form
  # The way to change settings: `Form::AdminSettings.new(site_title: 'x').save` validates, and stores what was given.
  # A key that Mastodon doesn't have is refused (ActiveModel::UnknownAttributeError).
  class AdminSettings
    include ActiveModel::Model

    UPLOAD_KEYS = %i(thumbnail mascot favicon app_icon).freeze
    KEYS = (Setting::DEFAULTS.keys.map(&:to_sym) + UPLOAD_KEYS).freeze
    INTEGER_KEYS = %i(media_cache_retention_period content_cache_retention_period backups_retention_period min_age).freeze
    BOOLEAN_KEYS = (KEYS - UPLOAD_KEYS).select { |key| [true, false].include?(Setting::DEFAULTS[key.to_s]) }.freeze
    FEED_ACCESS_KEYS = %i(local_live_feed_access remote_live_feed_access remote_topic_feed_access).freeze

    attr_reader :given

    def initialize(attributes = {})
      @given = {}
      super
    end

    UPLOAD_KEYS.each do |key|
      define_method(key) { @given[key] ||= SiteUpload.find_or_initialize_by(var: key) }
      define_method("#{key}=") { |file| public_send(key).file = file }
    end

    (KEYS - UPLOAD_KEYS).each do |key|
      define_method(key) { @given.fetch(key) { Setting[key] } }
      define_method("#{key}=") { |value| @given[key] = value }
    end

    def self.validates_given(*keys, **rules)
      keys.each { |key| validates key, **rules, if: -> { given.key?(key) } }
    end

    validates_given :registrations_mode, inclusion: { in: %w(open approved none) }
    validates_given :show_domain_blocks, :show_domain_blocks_rationale, inclusion: { in: %w(disabled users all) }
    validates_given :landing_page, inclusion: { in: %w(trends overview local_feed about) }
    validates_given(*FEED_ACCESS_KEYS, inclusion: { in: %w(public authenticated disabled) })
    validates_given :local_topic_feed_access, inclusion: { in: %w(public authenticated) }
    validates_given(*INTEGER_KEYS, numericality: { only_integer: true }, allow_blank: true)
    validates_given :site_short_description, length: { maximum: 200 }
    validates_given :status_page_url, format: { with: %r{\Ahttps?://\S+\z} }, allow_blank: true
    # The form sends '1' and '0'. Anything else would silently be stored as false: the stand-in refuses it.
    validates_given(*BOOLEAN_KEYS, inclusion: { in: %w(0 1), message: "must be '1' or '0'" })
    validate { UPLOAD_KEYS.each { |key| given[key]&.then { |upload| errors.add(key, :invalid) if upload.invalid? } } }
    validate :contact_is_complete, if: -> { given.key?(:site_contact_username) || given.key?(:site_contact_email) }
    validate :bootstrap_accounts_exist, if: -> { given.key?(:bootstrap_timeline_accounts) }

    def save
      return false unless valid?

      given.each { |key, value| value.is_a?(SiteUpload) ? value.save! : Setting[key] = typecast(key, value) }
      true
    end

    private

    def typecast(key, value)
      if BOOLEAN_KEYS.include?(key) then value == '1'
      elsif INTEGER_KEYS.include?(key) then value.presence && Integer(value)
      else value
      end
    end

    def contact_is_complete
      errors.add(:site_contact_email, :blank) if site_contact_email.blank?
      errors.add(:site_contact_username, :blank) if site_contact_username.blank?
      return if site_contact_username.blank? || Account.find_local(site_contact_username.delete_prefix('@'))

      errors.add(:site_contact_username, 'could not find a local user with that username')
    end

    def bootstrap_accounts_exist
      names = bootstrap_timeline_accounts.to_s.split(',').map { |name| name.strip.delete_prefix('@') }
      missing = names.reject { |name| Account.find_local(name) }
      errors.add(:bootstrap_timeline_accounts, "unknown usernames: #{missing.join(', ')}") if missing.any?
    end
  end
end
