# frozen_string_literal: true

# `/api/v1/instance`, the older shape of the same facts.
class V1InstanceSerializer
  def as_json(*)
    current = InstanceSerializer.new.as_json
    {
      uri: current[:domain],
      title: current[:title],
      short_description: current[:description],
      description: current[:description],
      email: current[:contact][:email],
      version: current[:version],
      urls: { streaming_api: current[:configuration][:urls][:streaming] },
      stats: { user_count: User.count, status_count: Status.count, domain_count: 0 },
      thumbnail: current[:thumbnail][:url],
      languages: current[:languages],
      registrations: current[:registrations][:enabled],
      approval_required: current[:registrations][:approval_required],
      invites_enabled: false,
      configuration: current[:configuration].slice(:accounts, :statuses, :media_attachments),
      contact_account: current[:contact][:account],
      rules: current[:rules],
    }
  end
end
