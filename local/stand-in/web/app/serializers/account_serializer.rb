# frozen_string_literal: true

class AccountSerializer
  def initialize(account)
    @account = account
  end

  def as_json(*)
    base = "https://#{Rails.configuration.x.web_domain}"
    {
      id: @account.id.to_s,
      username: @account.username,
      acct: @account.username,
      display_name: @account.display_name,
      locked: @account.locked,
      bot: false,
      note: ERB::Util.html_escape(@account.note),
      created_at: @account.created_at.midnight.iso8601(3),
      url: "#{base}/@#{@account.username}",
      uri: "#{base}/users/#{@account.username}",
      avatar: "#{base}/avatars/original/missing.png",
      avatar_static: "#{base}/avatars/original/missing.png",
      header: "#{base}/headers/original/missing.png",
      header_static: "#{base}/headers/original/missing.png",
      statuses_count: @account.statuses.count,
      followers_count: 0,
      following_count: 0,
      emojis: [],
      fields: [],
    }
  end
end
