# frozen_string_literal: true

class StatusSerializer
  def initialize(status)
    @status = status
  end

  def as_json(*)
    base = "https://#{Rails.configuration.x.web_domain}"
    {
      id: @status.id.to_s,
      created_at: @status.created_at.iso8601(3),
      in_reply_to_id: @status.in_reply_to_id&.to_s,
      in_reply_to_account_id: nil,
      sensitive: @status.sensitive,
      spoiler_text: @status.spoiler_text,
      visibility: @status.visibility,
      language: @status.language,
      uri: "#{base}/users/#{@status.account.username}/statuses/#{@status.id}",
      url: "#{base}/@#{@status.account.username}/#{@status.id}",
      replies_count: 0,
      reblogs_count: 0,
      favourites_count: 0,
      edited_at: nil,
      content: content,
      reblog: nil,
      application: @status.application && { name: @status.application.name, website: @status.application.website },
      account: AccountSerializer.new(@status.account).as_json,
      media_attachments: @status.media_attachments.map { |media| MediaAttachmentSerializer.new(media).as_json },
      mentions: [],
      tags: [],
      emojis: [],
      card: nil,
      poll: nil,
    }
  end

  private

  def content
    return '' if @status.text.blank?

    "<p>#{ERB::Util.html_escape(@status.text).gsub("\n", '<br />')}</p>"
  end
end
