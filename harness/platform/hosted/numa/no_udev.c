/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * no_udev.c - a stub of libudev for a static program.
 *
 * libhwloc.a asks libudev for the names of disks, and distributions have no libudev.a. hwloc
 * accepts a NULL context (it then reads /run/udev); it does not get CPUs and nodes from libudev.
 */
#include <stddef.h>

struct udev;
struct udev_device;

struct udev *udev_new(void);
struct udev *udev_unref(struct udev *udev);
struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev, const char *subsystem,
							   const char *name);
const char *udev_device_get_property_value(struct udev_device *device, const char *key);
struct udev_device *udev_device_unref(struct udev_device *device);

struct udev *udev_new(void)
{
	return NULL;
}

struct udev *udev_unref(struct udev *udev)
{
	return NULL;
}

struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev, const char *subsystem,
							   const char *name)
{
	return NULL;
}

const char *udev_device_get_property_value(struct udev_device *device, const char *key)
{
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	return NULL;
}
