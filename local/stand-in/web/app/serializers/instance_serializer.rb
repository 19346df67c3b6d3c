# frozen_string_literal: true

# `/api/v2/instance`
class InstanceSerializer
  def as_json(*)
    {
      domain: Rails.configuration.x.local_domain,
      title: Setting.site_title,
      version: Mastodon::Version.to_s,
      source_url: Mastodon::Version::SOURCE_URL,
      stand_in: true,
      description: Setting.site_short_description,
      usage: { users: { active_month: User.count } },
      thumbnail: { url: SiteUpload.find_by(var: 'thumbnail')&.url || "https://#{Rails.configuration.x.web_domain}/packs/preview.svg" },
      icon: [],
      languages: [ENV.fetch('DEFAULT_LOCALE', 'en')],
      configuration:,
      registrations:,
      api_versions: { mastodon: 7 },
      contact:,
      rules: Rule.ordered.includes(:translations).map { |rule| RuleSerializer.new(rule).as_json },
    }
  end

  private

  def configuration
    {
      urls: { streaming: Rails.configuration.x.streaming_api_base_url, status: Setting.status_page_url.presence },
      vapid: { public_key: ENV['VAPID_PUBLIC_KEY'] },
      accounts: { max_featured_tags: 10, max_pinned_statuses: 5 },
      statuses: { max_characters: Status::MAX_CHARACTERS, max_media_attachments: 4, characters_reserved_per_url: 23 },
      media_attachments: {
        description_limit: 1_500,
        supported_mime_types: MediaAttachment::IMAGE_MIME_TYPES.values,
        image_size_limit: MediaAttachment::IMAGE_LIMIT,
      },
      translation: { enabled: false },
      limited_federation: ENV['LIMITED_FEDERATION_MODE'] == 'true',
    }
  end

  # A stand-in accepts no sign-ups, whatever the mode; the mode shows that a setting has arrived.
  def registrations
    {
      enabled: Setting.registrations_mode != 'none',
      approval_required: Setting.registrations_mode == 'approved',
      reason_required: Setting.registrations_mode == 'approved' && Setting.require_invite_text,
      message: Setting.closed_registrations_message.presence,
      min_age: Setting.min_age,
    }
  end

  def contact
    account = Account.find_local(Setting.site_contact_username.to_s.delete_prefix('@'))
    { email: Setting.site_contact_email, account: account && AccountSerializer.new(account).as_json }
  end
end
