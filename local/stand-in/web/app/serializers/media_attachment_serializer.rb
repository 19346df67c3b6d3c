# frozen_string_literal: true

class MediaAttachmentSerializer
  def initialize(media)
    @media = media
  end

  def as_json(*)
    {
      id: @media.id.to_s,
      type: 'image',
      url: @media.url('original'),
      preview_url: @media.url('small'),
      remote_url: nil,
      text_url: nil,
      meta: { original: dimensions, small: dimensions },
      description: @media.description,
      blurhash: nil,
    }
  end

  private

  def dimensions
    { width: @media.width, height: @media.height, size: "#{@media.width}x#{@media.height}", aspect: @media.width.fdiv(@media.height) }
  end
end
