# frozen_string_literal: true

class MediaAttachment < ApplicationRecord
  include TimeOrderedId

  IMAGE_MIME_TYPES = { png: 'image/png', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' }.freeze
  IMAGE_LIMIT = 16.megabytes
  # The stand-in has no picture library: the small size is the same file under the small size's name.
  STYLES = %w(original small).freeze

  belongs_to :account
  belongs_to :status, optional: true

  after_destroy { STYLES.each { |style| MediaStorage.current.delete(path(style)) } }

  # Where paperclip puts the files: .../media_attachments/files/111/222/333/original/name.png
  def path(style)
    "media_attachments/files/#{id.to_s.rjust(18, '0').scan(/\d{3}/).join('/')}/#{style}/#{file_file_name}"
  end

  def url(style) = MediaStorage.current.url(path(style))
end
