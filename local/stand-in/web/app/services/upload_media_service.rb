# frozen_string_literal: true

# Takes an uploaded picture, judges it by its content and stores it.
class UploadMediaService
  class Refused < StandardError; end

  def initialize(account)
    @account = account
  end

  def call(upload, description: nil)
    raise Refused, "Validation failed: File can't be blank" unless upload.respond_to?(:tempfile)
    raise Refused, 'Validation failed: File is too large' if upload.size > MediaAttachment::IMAGE_LIMIT

    type = FastImage.type(upload.tempfile.path)
    content_type = MediaAttachment::IMAGE_MIME_TYPES[type]
    raise Refused, 'Validation failed: File content type is invalid (the stand-in takes png, jpeg, gif and webp)' if content_type.nil?

    width, height = FastImage.size(upload.tempfile.path)
    # The id is part of the path, so the record comes first; a failed upload takes it back.
    MediaAttachment.transaction do
      media = @account.media_attachments.create!(
        file_file_name: "#{SecureRandom.hex(8)}.#{type}", file_content_type: content_type, file_file_size: upload.size,
        width:, height:, description:
      )
      MediaAttachment::STYLES.each { |style| MediaStorage.current.store(media.path(style), upload.tempfile.path, content_type) }
      media
    end
  end
end
