# frozen_string_literal: true

# Where media files lie: the bucket, or the disk below public/system. Both answer store, delete, each and url.
module MediaStorage
  mattr_accessor :current
end
