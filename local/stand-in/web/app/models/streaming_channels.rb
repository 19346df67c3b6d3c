# frozen_string_literal: true

# The Redis channels on which the streaming server hears of a status.
module StreamingChannels
  module_function

  def of(status)
    channels = ["timeline:#{status.account_id}"]
    return channels unless status.visibility == 'public'

    channels.push('timeline:public', 'timeline:public:local')
    channels.push('timeline:public:media', 'timeline:public:local:media') if status.media_attachments.any?
    channels
  end
end
